package html

import (
	"bytes"
	"html/template"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// renderMarkdown turns a rule's page into HTML. Raw HTML in the page is left out, which is the library's default, and
// links may lead to https only. Headings go one level down, under the report's own.
func renderMarkdown(page string) (template.HTML, error) {
	md := goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(pageStyle{}, 100))))
	var b bytes.Buffer
	if err := md.Convert([]byte(page), &b); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil
}

// pageStyle fits a page into the report.
type pageStyle struct{}

// Transform sets heading levels and what links may do. Pictures and links to elsewhere are left as their text.
func (pageStyle) Transform(doc *ast.Document, page text.Reader, _ parser.Context) {
	rel := []byte("noopener noreferrer")
	var unwanted []ast.Node
	// The walk never fails, because its function does not.
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			n.Level = min(n.Level+1, 6)
		case *ast.Link:
			n.SetAttributeString("rel", rel)
			if !bytes.HasPrefix(n.Destination, []byte("https://")) {
				unwanted = append(unwanted, n)
			}
		case *ast.AutoLink:
			n.SetAttributeString("rel", rel)
			if !bytes.HasPrefix(n.URL(page.Source()), []byte("https://")) {
				n.AppendChild(n, ast.NewString(n.Label(page.Source())))
				unwanted = append(unwanted, n)
			}
		case *ast.Image:
			unwanted = append(unwanted, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range unwanted {
		for n.FirstChild() != nil {
			n.Parent().InsertBefore(n.Parent(), n, n.FirstChild())
		}
		n.Parent().RemoveChild(n.Parent(), n)
	}
}
