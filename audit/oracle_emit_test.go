package audit_test

import (
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// emitted is one revision as a bundle: file names and contents.
type emitted struct {
	Shared       bool
	Name, Number string
	Files        map[string]string
}

// emit writes an organization as bundles.
func (o *modelOrg) emit() []emitted {
	var out []emitted
	for _, b := range o.bundles() {
		e := emitted{Shared: b != o.Proxy, Name: b.Name, Number: b.Number, Files: map[string]string{}}
		root := "apiproxy/"
		if e.Shared {
			root = "sharedflowbundle/"
			e.Files[root+"sharedflows/default.xml"] = tag("SharedFlow", `name="default"`, steps(b.Steps))
		} else if len(o.Properties) > 0 {
			e.Files[root+"resources/properties/app.properties"] = properties(o.Properties)
		}
		for _, p := range b.Policies {
			e.Files[root+"policies/"+p.Name+".xml"] = p.emit()
			if p.Kind == kindScript {
				e.Files[root+"resources/jsc/"+p.Name+".js"] = fmt.Sprintf("context.setVariable(%q, %q);\n", p.To, *p.Value)
			}
		}
		for _, p := range b.Endpoints {
			e.Files[root+"proxies/"+p.Name+".xml"] = p.emit("ProxyEndpoint", "<HTTPProxyConnection><BasePath>/"+p.Name+"</BasePath></HTTPProxyConnection>")
		}
		for _, t := range b.Targets {
			e.Files[root+"targets/"+t.Name+".xml"] = t.emit("TargetEndpoint", "<HTTPTargetConnection><URL>https://backend.example.com</URL></HTTPTargetConnection>")
		}
		out = append(out, e)
	}
	return out
}

func properties(all map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(all)) {
		b.WriteString(k + "=" + all[k] + "\n")
	}
	return b.String()
}

// escape writes text as XML.
func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err)
	}
	return strings.ReplaceAll(b.String(), "&#34;", `"`)
}

func tag(name, attributes, content string) string {
	if attributes != "" {
		attributes = " " + attributes
	}
	if content == "" {
		return "<" + name + attributes + "/>"
	}
	return "<" + name + attributes + ">" + content + "</" + name + ">"
}

func (c *modelCond) emit() string {
	if c == nil {
		return ""
	}
	return tag("Condition", "", escape(c.String()))
}

func steps(list []*modelStep) string {
	var b strings.Builder
	for _, s := range list {
		b.WriteString("\n    " + tag("Step", "", tag("Name", "", s.Policy)+s.Cond.emit()))
	}
	return b.String()
}

func (f *modelFlow) emit(element string) string {
	content := f.Cond.emit()
	if len(f.Request) > 0 {
		content += tag("Request", "", steps(f.Request))
	}
	if len(f.Response) > 0 {
		content += tag("Response", "", steps(f.Response))
	}
	return "\n  " + tag(element, fmt.Sprintf("name=%q", f.Name), content)
}

func (e *modelEndpoint) emit(element, connection string) string {
	pre, post, client := e.Pre, e.Post, modelFlow{Name: "PostClientFlow", Response: e.PostClient}
	pre.Name, post.Name = "PreFlow", "PostFlow"
	content := pre.emit("PreFlow")
	flows := ""
	for _, f := range e.Flows {
		flows += f.emit("Flow")
	}
	content += tag("Flows", "", flows) + post.emit("PostFlow")
	if len(e.PostClient) > 0 {
		content += client.emit("PostClientFlow")
	}
	rules := ""
	for _, r := range e.FaultRules {
		rules += "\n  " + tag("FaultRule", fmt.Sprintf("name=%q", r.Name), r.Cond.emit()+steps(r.Steps))
	}
	if rules != "" {
		content += tag("FaultRules", "", rules)
	}
	if d := e.DefaultFault; d != nil {
		content += "\n  " + tag("DefaultFaultRule", fmt.Sprintf("name=%q", d.Name), d.Cond.emit()+steps(d.Steps)+fmt.Sprintf("<AlwaysEnforce>%v</AlwaysEnforce>", d.Always))
	}
	content += "\n  " + connection
	for _, r := range e.Routes {
		to := ""
		switch {
		case r.URL:
			to = "<URL>https://other.example.com</URL>"
		case r.Target != "":
			to = tag("TargetEndpoint", "", r.Target)
		}
		content += "\n  " + tag("RouteRule", fmt.Sprintf("name=%q", r.Name), r.Cond.emit()+to)
	}
	return tag(element, fmt.Sprintf("name=%q", e.Name), content+"\n") + "\n"
}

func (p *modelPolicy) emit() string {
	element, content := p.content()
	attributes := fmt.Sprintf("name=%q", p.Name)
	if p.Disabled {
		attributes += ` enabled="false"`
	}
	if p.Soft {
		attributes += ` continueOnError="true"`
	}
	return tag(element, attributes, content) + "\n"
}

func (p *modelPolicy) content() (element, content string) {
	switch p.Kind {
	case kindIssue:
		for _, g := range p.Grants {
			content += tag("GrantType", "", g)
		}
		if content != "" {
			content = tag("SupportedGrantTypes", "", content)
		}
		return "OAuthV2", "<Operation>GenerateAccessToken</Operation>" + p.lax("<RefreshTokenExpiresIn>-1</RefreshTokenExpiresIn>") + content + p.grantType() + `<GenerateResponse enabled="true"/>`
	case kindRefresh:
		return "OAuthV2", "<Operation>RefreshAccessToken</Operation>" + p.lax("<ReuseRefreshToken>true</ReuseRefreshToken>") + p.grantType() + `<GenerateResponse enabled="true"/>`
	case kindProbe:
		return "OAuthV2", fmt.Sprintf(`<Operation>InvalidateToken</Operation><Tokens><Token type="refreshtoken" cascade="%v">request.formparam.token</Token></Tokens>`, !p.Lax)
	case kindVerify:
		return "OAuthV2", "<Operation>VerifyAccessToken</Operation>"
	case kindRaise:
		return "RaiseFault", "<FaultResponse><Set><StatusCode>400</StatusCode></Set></FaultResponse>"
	case kindCall:
		for _, q := range p.Parameters {
			content += q.emit()
		}
		if content != "" {
			content = tag("Parameters", "", content)
		}
		return "FlowCallout", tag("SharedFlowBundle", "", p.SharedFlow) + content
	case kindScript:
		return "Javascript", tag("ResourceURL", "", "jsc://"+p.Name+".js")
	case kindLookup:
		return "KeyValueMapOperations", fmt.Sprintf("<Get assignTo=%q><Key><Parameter>k</Parameter></Key></Get>", p.To)
	case kindExtract:
		message, part, name := messagePart(p.From)
		return "ExtractVariables", tag("Source", "", message) + tag(part, fmt.Sprintf("name=%q", name), tag("Pattern", "", "{"+p.To+"}"))
	}
	return "AssignMessage", p.assignment()
}

func (p *modelPolicy) lax(content string) string {
	if p.Lax {
		return content
	}
	return ""
}

func (p *modelPolicy) grantType() string {
	if p.GrantType == "" {
		return ""
	}
	return tag("GrantType", "", p.GrantType)
}

func (q *modelParameter) emit() string {
	attributes, content := fmt.Sprintf("name=%q", q.Name), ""
	if q.From != "" {
		attributes += fmt.Sprintf(" ref=%q", q.From)
	}
	if q.Value != nil {
		content = escape(*q.Value)
	}
	return tag("Parameter", attributes, content)
}

// assignment is the content of an AssignMessage: a variable by AssignVariable, a part of a message by Set or Remove.
func (p *modelPolicy) assignment() string {
	message, part, name := messagePart(p.To)
	if message == "" {
		content := tag("Name", "", p.To)
		if p.Value != nil {
			content += "<Value>" + escape(*p.Value) + "</Value>"
		}
		if p.From != "" {
			content += tag("Ref", "", p.From)
		}
		return tag("AssignVariable", "", content)
	}
	verb, content := "Set", ""
	switch {
	case p.Kind == kindRemove:
		verb = "Remove"
	case p.From != "":
		content = "{" + p.From + "}"
	default:
		content = escape(*p.Value)
	}
	out := tag(verb, "", tag(part+"s", "", tag(part, fmt.Sprintf("name=%q", name), content))) + "<IgnoreUnresolvedVariables>true</IgnoreUnresolvedVariables>"
	if !p.Bare {
		out += fmt.Sprintf(`<AssignTo createNew="false" type=%q>%s</AssignTo>`, message, message)
	}
	return out
}

// messagePart splits the variable of a message's parameter or header; other variables have no message.
func messagePart(variable string) (message, part, name string) {
	pieces := strings.SplitN(variable, ".", 3)
	if len(pieces) < 3 {
		return "", "", ""
	}
	parts := map[string]string{"formparam": "FormParam", "queryparam": "QueryParam", "header": "Header"}
	return pieces[0], parts[pieces[1]], pieces[2]
}
