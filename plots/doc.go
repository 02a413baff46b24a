// Package plots draws findings as figures for a paper: PNG, SVG and PDF.
//
// ByAxis draws end-of-run losses, Curves whole loss curves; both return
// figures to Save. What is drawn is decided here, what it means by package
// analysis. The same results give the same bytes, whatever the time and the
// machine's fonts.
//
//	figures, err := plots.ByAxis(results, "alpha", plots.Options{Title: "alpha tracks lr"})
//	for _, f := range figures {
//		err = f.Save("alpha" + f.Suffix + ".pdf")
//	}
//
// Colour is never the only cue: numeric axes run from dark to light, so that
// their order survives grey print, and every value has its own marker too.
package plots
