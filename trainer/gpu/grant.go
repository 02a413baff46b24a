package gpu

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Grant is a run's share of the GPUs. Its zero value is that of a machine without any.
type Grant struct {
	Devices []Device
	Share   float64 // as it was asked for

	pool *Pool
	at   []int // where the devices are in the pool, nil once they are released
}

// Release makes the share free for others. Another call does nothing.
func (g *Grant) Release() {
	if g == nil || g.pool == nil || g.at == nil {
		return
	}
	g.pool.mu.Lock()
	defer g.pool.mu.Unlock()
	g.pool.giveBack(g.at, g.Share)
	g.at = nil
	g.pool.serve()
}

// Variables returns what hands the share to a program, by the names of the variables.
// Without devices they hide the GPUs there are, and there are none where there is no GPU
// and nobody said --gpus none.
func (g *Grant) Variables() map[string]string {
	if len(g.Devices) == 0 {
		return g.hiding()
	}
	spellings, order := make([]string, len(g.Devices)), make([]string, len(g.Devices))
	byUUID := true
	for i, d := range g.Devices {
		spellings[i], order[i] = d.spelling, strconv.Itoa(i)
		byUUID = byUUID && !isIndex(d.spelling)
	}
	visible := strings.Join(spellings, ",")
	switch g.Devices[0].Maker {
	case AMD:
		return map[string]string{rocrVisible: visible, hipVisible: strings.Join(order, ",")}
	case Apple:
		return nil
	}
	variables := map[string]string{cudaVisible: visible}
	if byUUID { // an index is counted as it was where it was granted
		variables[cudaOrder] = busOrder
	}
	return variables
}

func (g *Grant) hiding() map[string]string {
	if g.pool == nil || !g.pool.machine.Hidden && len(g.pool.machine.Devices) == 0 {
		return nil
	}
	return map[string]string{cudaVisible: noGPU, rocrVisible: noGPU, hipVisible: noGPU}
}

// Environment returns an environment, each "NAME=value", in which the variables of the
// grant stand in place of those that it has.
func (g *Grant) Environment(environ []string) []string {
	variables := g.Variables()
	environ = slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		_, replaced := variables[name]
		return replaced
	})
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		environ = append(environ, name+"="+variables[name])
	}
	return environ
}
