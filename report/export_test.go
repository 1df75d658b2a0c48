package report

// PartAbout is the part of a report about one organization.
func PartAbout(d *Document, organization string) *Document { return d.about(organization) }
