package sweep

import "slices"

// Role is a part that a parameter plays in a run. A Role may also hold several of
// them.
type Role uint

// The roles. Every parameter has exactly one of the first four, which say what it
// shapes, and any of the others.
const (
	RoleData     Role = 1 << iota // the model and the rows: the loss before training, even of a LoRA update of zero
	RoleAdapter                   // the LoRA update before training, and its size
	RoleStep                      // a step of the optimizer
	RoleSchedule                  // how many steps there are, and what changes from one to the next

	RoleInspected // it decides what a run reads, or whether that fits together
	RoleRows      // it decides which rows a run reads, and what of them
	RoleAdopted   // a starting adapter has a value of it: one of AdapterSettings
	RoleScale     // it decides the scale s of the LoRA update
	RoleInit      // it decides how the factors A and B are drawn
	RoleRate      // a learning rate
	RoleRescaled  // Params.Rescale changes it
	RoleSeed      // it decides what is drawn, and no more
)

// Has reports whether the parameter has one of the roles.
func (q Parameter) Has(any Role) bool { return q.roles&any != 0 }

// ParametersWith returns the parameters that have one of the roles.
func ParametersWith(any Role) []Parameter {
	return slices.DeleteFunc(Parameters(), func(q Parameter) bool { return !q.Has(any) })
}

// ParametersWithout returns the parameters that have none of the roles.
func ParametersWithout(any Role) []Parameter {
	return slices.DeleteFunc(Parameters(), func(q Parameter) bool { return q.Has(any) })
}
