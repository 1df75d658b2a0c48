// Package bundle reads the bundles of proxies and shared flows, from zips and folders, into models whose every string knows its
// file, line and column. Sizes, names, depth and number of what is read are bounded.
package bundle

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/xmltree"
)

// Bundle is a revision read into a model: endpoints with everything attached to them, and policies by name.
type Bundle struct {
	Revision apigee.Revision
	// Name is what the bundle calls itself in its root file, "" when it has none. The management API's name wins.
	Name         string
	Policies     map[string]*Policy // by name attribute, which is what steps refer to
	Endpoints    []*Endpoint        // in the order of their file names, proxies before targets
	Scripts      []File             // resources/jsc and resources/py
	PropertySets []File             // resources/properties
	// Problems are files that could not be read; Notices are oddities that were understood.
	Size     int // of its XML, in bytes
	Problems []apigee.Problem
	Notices  []apigee.Problem

	memory *memory // of all this but the documents that other bundles have too
}

// Policy is one policy file.
type Policy struct {
	Name string
	Type string // the root element: "OAuthV2"
	File string
	// Enabled is false only for enabled="false"; such a policy does not run even where it is attached.
	Enabled bool
	// ContinueOnError keeps the flow going when the policy faults.
	ContinueOnError bool
	Doc             *xmltree.Document
}

// Parse reads an archive. It never fails: what is malformed becomes a problem and the rest is read.
func (p *Parser) Parse(r apigee.Revision, a *Archive) *Bundle {
	b := &Bundle{Revision: r, Policies: make(map[string]*Policy, len(a.Files)), memory: p.room()}
	for _, p := range a.Problems {
		b.Problems = append(b.Problems, b.about(p))
	}
	for _, p := range a.Notices {
		b.Notices = append(b.Notices, b.about(p))
	}
	files := 0
	for i := range a.Files {
		f := &a.Files[i]
		inner, ok := a.Inner(r.Kind, f.Name)
		if !ok {
			continue
		}
		folder, base := path.Split(inner)
		folder = Collection(strings.TrimSuffix(folder, "/"))
		if isResource(inner) {
			files++
			b.addResource(f, inner)
			continue
		}
		doc, size, err := p.document(a, f, b.memory)
		syntax, malformed := errors.AsType[*xmltree.SyntaxError](err)
		if err != nil && !malformed {
			b.Problems = append(b.Problems, b.about(apigee.Problem{File: f.Name, Operation: "read bundle", Error: err.Error()}))
			continue
		}
		files++
		b.Size += size
		if malformed {
			b.malformed(f.Name, syntax)
			continue
		}
		if folder != "policies" {
			b.strayDirectives(doc)
		}
		switch folder {
		case "policies":
			b.addPolicy(doc, strings.TrimSuffix(base, path.Ext(base)))
		case "proxies":
			b.addEndpoint(doc, ProxyEndpoint)
		case "targets":
			b.addEndpoint(doc, TargetEndpoint)
		case "sharedflows":
			b.addEndpoint(doc, SharedFlow)
		default:
			if n := doc.Root.Name; n == "APIProxy" || n == "SharedFlowBundle" {
				name, _ := doc.Root.Attr("name")
				b.Name = strings.Clone(name)
			}
		}
	}
	if files == 0 {
		b.Problems = append(b.Problems, b.about(apigee.Problem{Operation: "read bundle", Error: "it is not a " + r.Kind.Noun() + ": there is no " + r.Kind.Root() + "/ folder with XML files in it"}))
	}
	return b
}

func (b *Bundle) addResource(f *File, inner string) {
	if isPropertySet(inner) {
		b.PropertySets = append(b.PropertySets, *f)
	} else {
		b.Scripts = append(b.Scripts, *f)
	}
}

func (b *Bundle) addPolicy(doc *xmltree.Document, fileName string) {
	name, ok := doc.Root.Attr("name")
	if !ok || name == "" {
		name = fileName
	}
	if other := b.Policies[name]; other != nil {
		b.notice(doc.File, doc.AttrSpan(doc.Root, "name"), "policy %q has the same name as the one in %s; only the first is used", name, other.File)
		return
	}
	b.Policies[name] = b.memory.policies.Put(Policy{
		Name:            name,
		Type:            doc.Root.Name,
		File:            doc.File,
		Enabled:         !doc.Root.IsFalse("enabled"),
		ContinueOnError: doc.Root.IsTrue("continueOnError"),
		Doc:             doc,
	})
}

func (b *Bundle) malformed(file string, err *xmltree.SyntaxError) {
	b.Problems = append(b.Problems, b.about(apigee.Problem{File: file, Line: err.Line, Column: err.Column, Operation: "read XML", Error: err.Error()}))
}

func (b *Bundle) notice(file string, s xmltree.Span, format string, args ...any) {
	b.Notices = append(b.Notices, b.about(apigee.Problem{
		File: file, Line: int(s.Line), Column: int(s.Column), Operation: "read bundle", Error: fmt.Sprintf(format, args...),
	}))
}

func (b *Bundle) about(p apigee.Problem) apigee.Problem { return b.Revision.About(p) }
