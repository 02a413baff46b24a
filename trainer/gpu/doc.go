// Package gpu finds the GPUs that this process may use, and shares them out to the runs
// that commands train.
//
//	machine, err := gpu.Find(ctx, gpu.Request{Named: "0,1"}) // the empty request takes all
//	pool := gpu.NewPool(machine)
//	grant, err := pool.Acquire(ctx, 0.5)                      // waits for half a GPU
//	command.Env = grant.Environment(os.Environ())
//	grant.Release()
//
// NVIDIA's are found with nvidia-smi, AMD's with rocm-smi, both on PATH, and Apple's on
// macOS for arm64. GPUs of one maker are used, in this order. Of an NVIDIA GPU that is cut
// by MIG its parts are the devices.
//
// What Slurm, Kubernetes or a person granted in CUDA_VISIBLE_DEVICES or, for AMD,
// ROCR_VISIBLE_DEVICES and HIP_VISIBLE_DEVICES, is not exceeded, and a run gets its share
// in the spelling of the grant.
//
// Sources: the CUDA C++ programming guide, "CUDA environment variables"; the MIG user
// guide; ROCm's "GPU isolation techniques"; parse_visible_devices of torch.cuda.
package gpu
