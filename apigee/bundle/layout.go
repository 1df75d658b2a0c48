package bundle

import (
	"path"
	"strings"

	"apigee-audit/apigee"
)

// Layout is where the files of a bundle lie in a folder or a zip that was not made by Apigee.
type Layout struct {
	Kind apigee.Kind
	// Dir is the folder with policies/ and the like in it, "." for the top.
	Dir string
	// Base is what the bundle's files have in front of their names: the name of its root folder as it is spelled,
	// "." where there is none around them.
	Base string
	// Description is the file in Dir that describes a bundle without a root folder, "" for none; other XML files beside it
	// are not the bundle's. In a root folder there is nothing else, and this is not asked.
	Description string
}

// reads reports whether the audit reads a file of a bundle with this layout, by its name inside the root folder.
func (at Layout) reads(inner string) bool {
	return wanted(inner) && (at.Base != "." || strings.Contains(inner, "/") || inner == at.Description)
}

// RootKind is the kind of bundle whose root folder has this name, whatever the case of its letters, and "" for the names
// of other folders. On a file system that ignores case nobody notices a wrong one.
func RootKind(folder string) apigee.Kind {
	for _, k := range []apigee.Kind{apigee.KindProxy, apigee.KindSharedFlow} {
		if strings.EqualFold(folder, k.Root()) {
			return k
		}
	}
	return ""
}

// Collection is the folder of a bundle that a name stands for, whatever the case of its letters: "policies", "proxies",
// "targets" or "sharedflows"; "" for the names of other folders.
func Collection(folder string) string {
	switch lower := strings.ToLower(folder); lower {
	case "policies", "proxies", "targets", "sharedflows":
		return lower
	}
	return ""
}

// IsXML reports whether a file is XML by its name.
func IsXML(name string) bool { return strings.EqualFold(path.Ext(name), ".xml") }

// wanted reports whether the audit reads a file, by its name inside the root folder: endpoints, policies, the root description,
// scripts and property sets. Jars, schemas, OpenAPI documents and the like are left alone.
func wanted(inner string) bool {
	folder, base, nested := strings.Cut(inner, "/")
	switch {
	case !nested:
		return IsXML(inner)
	case Collection(folder) != "":
		return IsXML(base) && !strings.Contains(base, "/")
	}
	return isResource(inner)
}

// isResource reports whether a file is a script or a property set, which are no XML.
func isResource(inner string) bool { return isScript(inner) || isPropertySet(inner) }

// isScript reports whether a file is a script of resources/jsc or resources/py.
func isScript(inner string) bool {
	root, below, _ := strings.Cut(inner, "/")
	folder, _, nested := strings.Cut(below, "/")
	if !nested || !strings.EqualFold(root, "resources") || folder != "jsc" && folder != "py" {
		return false
	}
	ext := strings.ToLower(path.Ext(inner))
	return ext == ".js" || ext == ".py"
}

// junk is what desktop systems leave in folders and zips.
func junk(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(base, "._") || base == ".DS_Store"
}

// IsZip reports whether a file is a zip by its name.
func IsZip(name string) bool { return strings.EqualFold(path.Ext(name), ".zip") }
