package table

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"apigee-audit/report"
)

// WriteInventory writes what deployments do with refresh tokens, for people.
func WriteInventory(w io.Writer, v *report.Inventory, o report.Options) error {
	var b strings.Builder
	if l := report.ChangeText(v.Document); l != "" {
		b.WriteString(paragraph("", l, o.Width) + "\n")
	}
	t := newInventoryTable(v, o)
	for _, org := range t.organizations() {
		lines, err := t.draw(org)
		if err != nil {
			return err
		}
		if t.headings {
			b.WriteString(report.OrganizationTitle(org) + "\n\n")
		}
		b.WriteString(strings.Join(lines, "\n") + "\n\n")
	}
	for _, block := range []string{
		notComparedList(v, o),
		problemList("Not looked at", v.Problems, v.Document, o),
	} {
		if block != "" {
			b.WriteString(block + "\n")
		}
	}
	for _, l := range v.Closing(t.hidden) {
		b.WriteString(paragraph("", l, o.Width))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// notComparedList lists the deployments whose refresh tokens live for an unknown time, when it is lifetimes that were asked for.
func notComparedList(v *report.Inventory, o report.Options) string {
	if len(v.NotCompared) == 0 {
		return ""
	}
	several := len(v.Organizations) > 1
	var b strings.Builder
	b.WriteString("Not compared, because the lifetime is not known:\n")
	for i := range v.NotCompared {
		b.WriteString(paragraph("  - ", report.NotComparedText(&v.NotCompared[i], several), o.Width))
	}
	return b.String()
}

// inventoryRow is a deployment, or several that differ only in their environments.
type inventoryRow struct {
	*report.InventoryEntry
	environments []string
}

// inventoryColumn is one column of the inventory, or with fold one that holds several of them. A cell has one line for each thing
// that it says.
type inventoryColumn struct {
	title string
	share int // bounds it to a fraction of the terminal's width
	cell  func(*inventoryRow) []string
}

// inventoryTable draws the deployments. All organizations share one set of column widths.
type inventoryTable struct {
	options  report.Options
	rows     []inventoryRow
	at       map[string]int // of rows by what they show
	hidden   int            // deployments that do nothing
	headings bool
	columns  []inventoryColumn
	limits   []int // nil for columns that are as wide as they need to be
}

func newInventoryTable(v *report.Inventory, o report.Options) *inventoryTable {
	t := &inventoryTable{options: o, at: map[string]int{}, headings: o.Width > 0 && len(v.Document.Subjects()) > 1}
	all := o.Verbose || v.Filter.Asks() || len(v.Filter.Proxies) > 0
	for i := range v.Deployments {
		e := &v.Deployments[i]
		if !all && e.Idle() {
			t.hidden++
			continue
		}
		t.add(e)
	}
	if o.Width > 0 { // what is of one name stands together; scripts get the order of the report
		slices.SortStableFunc(t.rows, func(a, b inventoryRow) int {
			return cmp.Or(cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
		})
	}
	t.layout(!t.headings && len(v.Document.Subjects()) > 1)
	return t
}

// add takes in a deployment. Where people read, one that differs from another only in its environment shares its row.
func (t *inventoryTable) add(e *report.InventoryEntry) {
	if t.options.Width > 0 {
		key := sameButEnvironment(e)
		if i, known := t.at[key]; known {
			t.rows[i].environments = append(t.rows[i].environments, e.Environment)
			return
		}
		t.at[key] = len(t.rows)
	}
	t.rows = append(t.rows, inventoryRow{e, []string{e.Environment}})
}

// sameButEnvironment is equal for deployments of which everything is the same that the table shows, but for the environment.
func sameButEnvironment(e *report.InventoryEntry) string {
	parts := slices.Concat([]string{e.Organization, string(e.Kind), e.Revision, e.Partly}, e.Sources)
	for _, c := range wideColumns() {
		if c.title != "DEPLOYED" {
			parts = append(append(parts, c.title), c.cell(&inventoryRow{InventoryEntry: e})...)
		}
	}
	return strings.Join(parts, "\x00")
}

func inventoryName(r *inventoryRow) []string { return []string{report.BundleName(r.Kind, r.Name)} }

// deployedAt is "r12 prod, test", or where a bundle on disk lies.
func deployedAt(r *inventoryRow) []string {
	if len(r.Sources) > 0 && slices.Equal(r.environments, []string{report.DiskEnvironment}) {
		return r.Sources
	}
	where := strings.Join(r.environments, ", ")
	if r.Revision != "" {
		where = strings.TrimSpace("r" + r.Revision + " " + where)
	}
	return append([]string{where}, r.Sources...)
}

func one(say func(*report.InventoryEntry) string) func(*inventoryRow) []string {
	return func(r *inventoryRow) []string { return report.Distinct([]string{say(r.InventoryEntry)}) }
}

func findingsOf(r *inventoryRow) []string { return r.FindingsText() }

func does(r *inventoryRow) []string {
	out := append(r.Does(), report.Distinct([]string{r.Through()})...)
	if len(out) == 0 {
		return []string{"nothing"}
	}
	return out
}

// wideColumns hold one thing each.
func wideColumns() []inventoryColumn {
	return []inventoryColumn{
		{title: "NAME", share: 6, cell: inventoryName},
		{title: "DEPLOYED", share: 8, cell: deployedAt},
		{title: "DOES", share: 5, cell: does},
		{title: "ACCESS", share: 10, cell: one((*report.InventoryEntry).AccessLifetime)},
		{title: "REFRESH", share: 10, cell: one((*report.InventoryEntry).RefreshLifetime)},
		{title: "ROTATES", share: 12, cell: one((*report.InventoryEntry).Rotation)},
		{title: "CLIENT", share: 12, cell: one((*report.InventoryEntry).ClientAuthentication)},
		{title: "REVOCABLE", share: 8, cell: one((*report.InventoryEntry).RevocableText)},
		{title: "PATHS", share: 8, cell: func(r *inventoryRow) []string { return r.BasePaths }},
		{title: "HOSTS", share: 8, cell: func(r *inventoryRow) []string { return r.Hostnames() }},
		{title: "CALLS", share: 8, cell: one((*report.InventoryEntry).CallsText)},
		{title: "FINDINGS", share: 10, cell: findingsOf},
	}
}

// foldedColumns hold what belongs together, for terminals that are not wide.
func foldedColumns() []inventoryColumn {
	labelled := func(label string, say func(*report.InventoryEntry) string) func(*inventoryRow) []string {
		return func(r *inventoryRow) []string {
			if words := say(r.InventoryEntry); words != "" {
				return []string{label + words}
			}
			return nil
		}
	}
	join := func(cells ...func(*inventoryRow) []string) func(*inventoryRow) []string {
		return func(r *inventoryRow) []string {
			var out []string
			for _, cell := range cells {
				out = append(out, cell(r)...)
			}
			return out
		}
	}
	return []inventoryColumn{
		{title: "DEPLOYMENT", share: 3, cell: join(inventoryName, below(deployedAt), below(func(r *inventoryRow) []string { return r.BasePaths }),
			below(func(r *inventoryRow) []string { return r.Hostnames() }))},
		{title: "DOES", share: 4, cell: does},
		{title: "TOKENS", share: 3, cell: join(
			labelled("access: ", (*report.InventoryEntry).AccessLifetime), labelled("refresh: ", (*report.InventoryEntry).RefreshLifetime),
			labelled("rotates: ", (*report.InventoryEntry).Rotation), labelled("client checked: ", (*report.InventoryEntry).ClientAuthentication),
			labelled("revocable: ", (*report.InventoryEntry).RevocableText), labelled("calls: ", (*report.InventoryEntry).CallsText),
		)},
		{title: "FINDINGS", share: 6, cell: findingsOf},
	}
}

// below indents what stands under a name.
func below(cell func(*inventoryRow) []string) func(*inventoryRow) []string {
	return func(r *inventoryRow) []string {
		var out []string
		for _, line := range cell(r) {
			out = append(out, underName+line)
		}
		return out
	}
}

const underName = "  "

// layout chooses the columns. withOrganization adds one for the organization, for scripts.
func (t *inventoryTable) layout(withOrganization bool) {
	t.columns = wideColumns()
	if withOrganization {
		t.columns = slices.Insert(t.columns, 0, inventoryColumn{title: "ORGANIZATION", cell: func(r *inventoryRow) []string { return []string{r.Organization} }})
	}
	t.columns = slices.DeleteFunc(t.columns, func(c inventoryColumn) bool { // that nothing is in
		return !slices.ContainsFunc(t.rows, func(r inventoryRow) bool { return len(c.cell(&r)) > 0 })
	})
	if t.options.Width == 0 {
		return
	}
	width := columns(t.options)
	if t.limits = t.widths(width, false); total(t.limits) <= width {
		return
	}
	if t.limits = t.widths(width, true); width < minWide || total(t.limits) > width+width/squeezable {
		t.columns = foldedColumns()
		t.limits = t.widths(width, true)
	}
	squeeze(t.limits, make([]int, len(t.limits)), width)
}

const (
	// minWide is what a terminal must have for columns that hold one thing each to be wrapped rather than folded.
	minWide = 140
	// squeezable is the part of the width by which they may be too wide together before that.
	squeezable = 5
)

// widths are what the columns need to show every line unwrapped, where it is asked for up to their shares of the terminal's width.
func (t *inventoryTable) widths(width int, shared bool) []int {
	var all []int
	for _, c := range t.columns {
		n := displayWidth(c.title)
		for i := range t.rows {
			for _, line := range c.cell(&t.rows[i]) {
				n = max(n, displayWidth(line))
			}
		}
		if shared {
			n = min(n, max(width/c.share, displayWidth(c.title)))
		}
		all = append(all, n)
	}
	return all
}

// organizations are those that have rows, in their order; one of no name where rows are not grouped.
func (t *inventoryTable) organizations() []string {
	if len(t.rows) == 0 {
		return nil
	}
	if !t.headings {
		return []string{""}
	}
	var out []string
	for i := range t.rows {
		if name := t.rows[i].Organization; !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// draw gives the lines of the table with the deployments of an organization.
func (t *inventoryTable) draw(organization string) ([]string, error) {
	var header []string
	for i, c := range t.columns {
		title := c.title
		if t.limits != nil {
			title = padded(title, t.limits[i])
		}
		header = append(header, title)
	}
	var rows [][]string
	for i := range t.rows {
		if r := &t.rows[i]; !t.headings || r.Organization == organization {
			rows = append(rows, t.cells(r))
		}
	}
	return grid(header, rows)
}

// cells are those of a row, each wrapped into its column.
func (t *inventoryTable) cells(r *inventoryRow) []string {
	var out []string
	for i, c := range t.columns {
		said := c.cell(r)
		if t.limits == nil {
			out = append(out, strings.Join(said, "; "))
			continue
		}
		var lines []string
		for _, line := range said {
			rest, indented := strings.CutPrefix(line, underName)
			if !indented {
				lines = append(lines, wrap(line, t.limits[i])...)
				continue
			}
			for _, part := range wrap(rest, t.limits[i]-len(underName)) {
				lines = append(lines, underName+part)
			}
		}
		out = append(out, strings.Join(lines, "\n"))
	}
	return out
}
