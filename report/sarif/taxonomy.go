package sarif

import (
	"slices"
	"strings"

	"apigee-audit/audit/finding"
)

// SARIF calls catalogues taxonomies and their entries taxa (sections 3.14.8 and 3.19.3). A run carries the entries that its
// rules name, and each rule points at them by place.

type sarifTaxonomy struct {
	Name             string       `json:"name"`
	Version          string       `json:"version,omitempty"`
	Organization     string       `json:"organization"`
	InformationURI   string       `json:"informationUri"`
	ShortDescription sarifMessage `json:"shortDescription"`
	Taxa             []sarifTaxon `json:"taxa"`
}

type sarifTaxon struct {
	ID               string       `json:"id"`
	ShortDescription sarifMessage `json:"shortDescription"`
	HelpURI          string       `json:"helpUri"`
}

type sarifRelationship struct {
	Target      sarifTaxonRef `json:"target"`
	Kinds       []string      `json:"kinds"`
	Description *sarifMessage `json:"description,omitempty"`
}

type sarifTaxonRef struct {
	ID            string            `json:"id"`
	Index         int               `json:"index"`
	ToolComponent sarifComponentRef `json:"toolComponent"`
}

type sarifComponentRef struct {
	Name  string `json:"name"`
	Index int    `json:"index"`
}

// taxonomiesOf lists the entries that the rules name, by catalogue, both in the order of their first use.
func taxonomiesOf(rules []*finding.Rule) []sarifTaxonomy {
	var all []sarifTaxonomy
	for _, r := range rules {
		for _, s := range r.Standards {
			i := taxonomyIndex(all, s)
			if i < 0 {
				i = len(all)
				all = append(all, sarifTaxonomy{
					Name: s.Catalogue.Name, Version: s.Catalogue.Version, Organization: s.Catalogue.Organization, InformationURI: s.Catalogue.URL,
					ShortDescription: sarifMessage{sentence(s.Catalogue.String() + ", by " + s.Catalogue.Organization)}, Taxa: []sarifTaxon{},
				})
			}
			if taxonIndex(all[i], s) < 0 {
				all[i].Taxa = append(all[i].Taxa, sarifTaxon{s.ID, sarifMessage{sentence(s.Title)}, s.URL})
			}
		}
	}
	return all
}

func taxonomyIndex(all []sarifTaxonomy, s finding.Standard) int {
	return slices.IndexFunc(all, func(t sarifTaxonomy) bool {
		return t.Name == s.Catalogue.Name && t.Version == s.Catalogue.Version
	})
}

func taxonIndex(t sarifTaxonomy, s finding.Standard) int {
	return slices.IndexFunc(t.Taxa, func(x sarifTaxon) bool { return x.ID == s.ID })
}

// relationships point from a rule to the entries that it bears on.
func relationships(r *finding.Rule, taxonomies []sarifTaxonomy) []sarifRelationship {
	var all []sarifRelationship
	for _, s := range r.Standards {
		i := taxonomyIndex(taxonomies, s)
		rel := sarifRelationship{
			Target: sarifTaxonRef{s.ID, taxonIndex(taxonomies[i], s), sarifComponentRef{taxonomies[i].Name, i}},
			Kinds:  []string{"relevant"},
		}
		if s.Why != "" {
			rel.Description = &sarifMessage{sentence(strings.ToUpper(s.Why[:1]) + s.Why[1:])}
		}
		all = append(all, rel)
	}
	return all
}

// supported refers to all taxonomies, as the driver declares them.
func supported(taxonomies []sarifTaxonomy) []sarifComponentRef {
	var all []sarifComponentRef
	for i, t := range taxonomies {
		all = append(all, sarifComponentRef{t.Name, i})
	}
	return all
}
