package html

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
)

//go:embed head.html template.html history.html style.css history.css script.js
var assetFiles embed.FS

// assets are the page's style sheet and script, which stand in the page itself.
func assets() (style, script string, err error) {
	css, err := assetFiles.ReadFile("style.css")
	if err != nil {
		return "", "", err
	}
	js, err := assetFiles.ReadFile("script.js")
	return string(css), string(js), err
}

// pageTemplate is the template of a page, with the head that all pages have.
func pageTemplate(name string) (*template.Template, error) {
	return template.New(name).ParseFS(assetFiles, "head.html", name)
}

// contentPolicy lets exactly this style sheet and this script through, and pictures inside the style sheet. Whatever a
// name or value of an organization might become, the browser neither runs it nor sends anything for it.
func contentPolicy(style, script string) string {
	return fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
		sourceHash(style), sourceHash(script))
}

// sourceHash is how a content security policy names inline text.
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
