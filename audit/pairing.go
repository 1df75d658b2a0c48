package audit

import "slices"

// Pairing is what API products say of whether clients of an issuing proxy can call a refresher.
type Pairing struct {
	// Products open both, sorted by name.
	Products []string
	// Refreshers are those that a product opens together with the issuer.
	Refreshers []Refresher
}

// Pair looks for products that open an issuing proxy together with a refresher of the verdict, in the same environment.
// It is nil where products were not asked for or could not be read.
func (f *Facts) Pair(v *Verdict) *Pairing {
	if f.Runtime == nil || f.Runtime.Products == nil {
		return nil
	}
	p := &Pairing{}
	for _, r := range v.Refreshers {
		paired := false
		for _, product := range f.Runtime.Products {
			if !product.Allows(r.Environment.Name, r.Walk.Unit.Revision.Name) {
				continue
			}
			if slices.ContainsFunc(v.Lacking, func(w *Walk) bool { return product.Allows(v.Environment.Name, w.Unit.Revision.Name) }) {
				paired = true
				if !slices.Contains(p.Products, product.Name) {
					p.Products = append(p.Products, product.Name)
				}
			}
		}
		if paired {
			p.Refreshers = append(p.Refreshers, r)
		}
	}
	slices.Sort(p.Products)
	return p
}
