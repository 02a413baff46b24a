// Package plots draws findings as figures for a paper: PNG, SVG and PDF.
//
// A valley is how the loss depends on lr at one setting of the other parameters;
// the best lr is at its bottom. ByAxis draws end-of-run losses, Curves whole loss curves, Heatmap the loss
// over an axis and lr, Collapse the valleys in other coordinates than lr, Regret
// and Transfer the rules for alpha side by side, Starts the losses before
// training, Orbit runs that a symmetry makes equal. Options fit them to a column
// or two of a paper, or to slides, and leave title and caption to the document.
// FigureKind.Draw lays several sweeps over one another, as Layers. All return figures to Save, with the numbers
// they draw to SaveData beside them. What is drawn is decided here, what it
// means by package analysis. Kinds lists all of them by name. The same results give the same bytes, whatever the
// time and the machine's fonts.
//
//	figures, err := plots.ByAxis(results, "alpha", plots.Options{Title: "alpha tracks lr"})
//	for _, f := range figures {
//		err = f.Save("alpha" + f.Suffix + ".pdf")
//	}
//
// Colour is never the only cue: numeric axes run from dark to light, so that
// their order survives grey print, and every value has its own marker too. Lines
// and marks have a contrast of at least 3:1 on their ground, text of 4.5:1. A cross
// stands for runs that diverged: a large one for all seeds, a small one for some.
//
// It has some 33 files: one for each kind of figure, and one for each part of a sheet,
// which all kinds share.
package plots
