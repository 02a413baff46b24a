// Package probe finds out what a program that trains LoRA does with its settings, by a
// handful of runs of a few steps each: whether runs start at the base model, by which
// scaling alpha acts, how A is drawn, whether losses that are not finite are logged, whether a
// logged loss is that of its step, whether a seed decides the curve, and what a step
// takes.
//
//	report, err := probe.Run(ctx, trainer, run, probe.Options{})
//
// It knows a sweep.Trainer and settings to begin with. All it sees is what a sweep sees:
// losses and gradient norms by step, and the factors that a run left behind.
//
// # How the scaling is told
//
// Let the update be s B A x, with B (out, r) zero at the start and the rows of A (r, in)
// drawn alike and independently, and let G be the gradient of the loss by the weight that
// is adapted. Then the gradient of A is s B^T G = 0, that of B is s G A^T, and
//
//	gradient norm at step 1 = s |G A^T|        (Frobenius)
//
// whose square is a sum of r terms of one expectation. So the norm goes as s itself in
// alpha and as s sqrt(r) in r, whatever the optimizer, its warm-up and its lr. It says
// nothing where it is logged after clipping, when it is one number at all steps.
//
// Adam without history moves B by -lr g/(|g| + eps), which is -lr sign(G A^T) as long as
// eps is small beside the gradients: the s in the gradient drops out, and so does a clip.
// To first order in the update the loss of any rows, whose gradient is H, then changes by
//
//	-lr s sum((H A^T) * sign(G A^T))
//
// which is again a sum of r terms of one expectation. So it goes as lr s r, and with sgd,
// which moves B by -lr s G A^T, as lr s^2 r: the power of alpha tells the two apart. This
// holds for the change since the start at later steps, too, while changes are small; a
// warm-up is but a smaller lr. At the first step whose loss changes A has not moved yet,
// and (alpha, lr) and (4 alpha, lr/4) have one loss but for eps and rounding.
//
// The change is that from a run with the same settings and an lr at which nothing moves,
// so that it comes of the weights and not of the rows. Another r is another draw of A, so
// that only expectations compare: alphas are told apart to within rounding, ranks by the
// power of r, from two that are a factor of 8 apart, with two seeds. The rules differ by
// 1/2 in that power. Norms decide where they are logged, as they scatter less. The power
// is that of s alone if the spread of A's entries is the same for every r, as that of
// kaiming_uniform is; where runs leave their adapters behind, the spread is measured and
// its power taken off. A constant factor in s cannot be told.
package probe
