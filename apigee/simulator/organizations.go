package simulator

import (
	"cmp"
	"net/http"
)

// projectMapping is GoogleCloudApigeeV1OrganizationProjectMapping.
type projectMapping struct {
	Organization string   `json:"organization"`
	ProjectID    string   `json:"projectId"`
	ProjectIDs   []string `json:"projectIds"`
	Location     string   `json:"location,omitempty"`
}

// organization is GoogleCloudApigeeV1Organization, as much of it as an audit could ask for.
type organization struct {
	Name             string   `json:"name"`
	DisplayName      string   `json:"displayName"`
	ProjectID        string   `json:"projectId"`
	Environments     []string `json:"environments,omitempty"`
	RuntimeType      string   `json:"runtimeType"`
	SubscriptionPlan string   `json:"subscriptionPlan"`
	BillingType      string   `json:"billingType"`
	State            string   `json:"state"`
	CreatedAt        millis   `json:"createdAt"`
	LastModifiedAt   millis   `json:"lastModifiedAt"`
}

func (o *served) mapping() projectMapping {
	project := cmp.Or(o.Project, o.Name)
	return projectMapping{o.Name, project, []string{project}, o.Location}
}

func (s *Server) listOrganizations() any {
	var list struct {
		Organizations []projectMapping `json:"organizations,omitempty"`
	}
	for _, o := range s.organizations {
		list.Organizations = append(list.Organizations, o.mapping())
	}
	return list
}

func getProjectMapping(o *served, _ *http.Request) any { return o.mapping() }

func getOrganization(o *served, _ *http.Request) any {
	a := organization{
		Name: o.Name, DisplayName: o.Name, ProjectID: o.mapping().ProjectID,
		RuntimeType: cmp.Or(o.Records.Runtime, "CLOUD"), SubscriptionPlan: "SUBSCRIPTION_2024", BillingType: "SUBSCRIPTION", State: "ACTIVE",
		CreatedAt: epoch, LastModifiedAt: epoch,
	}
	for _, e := range o.Environments {
		a.Environments = append(a.Environments, e.Name)
	}
	return a
}
