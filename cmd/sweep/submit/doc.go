// Package submit writes what has schedulers start workers: a script for Slurm's sbatch,
// a Job for Kubernetes, and a script that starts one worker on a host that ssh reaches.
//
//	script, err := submit.Slurm{Name: "sweep", Tasks: 8, AtOnce: 8, Command: "sweep work --db=..."}.Script()
//	manifest, err := submit.Job{Name: "sweep", Workers: 8, Image: "...", Args: []string{"work", "--db=..."}}.Manifest()
//	script := submit.Launch{Program: "sweep", Command: "sweep work --db=..."}.Script()
//
// It knows the languages of the three and how each ends what it runs; it must not know
// the flags of workers, nor how anything is submitted.
package submit
