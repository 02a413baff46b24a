//go:build !(darwin && arm64)

package gpu

func listApple() []Device { return nil }
