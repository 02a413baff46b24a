package gpu

import "syscall"

// listApple is the one GPU of this processor. No variable hands it to a program, and it
// shares the memory of the processor.
func listApple() []Device {
	name, err := syscall.Sysctl("machdep.cpu.brand_string")
	if err != nil {
		name = "Apple GPU"
	}
	return []Device{{Maker: Apple, Index: 0, Name: name}}
}
