package simulator

import "net/http"

// groupPage is how many entries a page holds when the request does not say.
// Source: Apigee API discovery document, organizations.envgroups.list, pageSize.
const groupPage = 25

// envGroup is GoogleCloudApigeeV1EnvironmentGroup.
type envGroup struct {
	Name           string   `json:"name"`
	Hostnames      []string `json:"hostnames,omitempty"`
	State          string   `json:"state"`
	CreatedAt      millis   `json:"createdAt"`
	LastModifiedAt millis   `json:"lastModifiedAt"`
}

// attachment is GoogleCloudApigeeV1EnvironmentGroupAttachment.
type attachment struct {
	Name               string `json:"name"`
	Environment        string `json:"environment"`
	EnvironmentGroupID string `json:"environmentGroupId"`
	CreatedAt          millis `json:"createdAt"`
}

func listGroups(o *served, r *http.Request) any {
	groups, next, bad := page(r, o.Groups, groupPage)
	if bad != nil {
		return bad
	}
	list := struct {
		EnvironmentGroups []envGroup `json:"environmentGroups,omitempty"`
		NextPageToken     string     `json:"nextPageToken,omitempty"`
	}{NextPageToken: next}
	for _, g := range groups {
		list.EnvironmentGroups = append(list.EnvironmentGroups, envGroup{g.Name, g.Hostnames, "ACTIVE", epoch, epoch})
	}
	return list
}

func listAttachments(o *served, r *http.Request) any {
	g, ok := o.groups[r.PathValue("group")]
	if !ok {
		return notFound("environment group " + r.PathValue("group") + " not found in organization " + o.Name)
	}
	envs, next, bad := page(r, g.Environments, groupPage)
	if bad != nil {
		return bad
	}
	list := struct {
		Attachments   []attachment `json:"environmentGroupAttachments,omitempty"`
		NextPageToken string       `json:"nextPageToken,omitempty"`
	}{NextPageToken: next}
	for _, e := range envs {
		list.Attachments = append(list.Attachments, attachment{g.Name + "-" + e, e, g.Name, epoch})
	}
	return list
}
