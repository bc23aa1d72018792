package prototest

import (
	"context"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Resource is a resource instance with what Terraform keeps of it between runs.
type Resource struct {
	TypeName string
	State    tftypes.Value // null when there is none
	Private  []byte
	Identity *tfprotov6.ResourceIdentityData // nil when Terraform keeps none
	Tainted  bool

	server *Server
}

// NewResource returns an instance that does not exist yet.
func (s *Server) NewResource(typeName string) *Resource {
	s.t.Helper()
	schema := s.schema.ResourceSchemas[typeName]
	if schema == nil {
		s.t.Fatalf("the provider has no resource %s", typeName)
	}
	return &Resource{TypeName: typeName, State: tftypes.NewValue(schema.ValueType(), nil), server: s}
}

// On returns the instance as another provider process gets it.
func (r *Resource) On(s *Server) *Resource {
	moved := *r
	moved.server = s
	return &moved
}

// Exists reports whether the state has the instance.
func (r *Resource) Exists() bool { return !r.State.IsNull() }

// Values returns the state, nil where there is none.
func (r *Resource) Values() Object {
	if !r.Exists() {
		return nil
	}
	object, ok := toGo(r.server.t, r.State).(Object)
	if !ok {
		r.server.t.Fatalf("the state of %s is no object", r.TypeName)
	}
	return object
}

// Validate validates a configuration.
func (r *Resource) Validate(config Object) Diagnostics {
	r.server.t.Helper()
	resp, err := r.server.server.ValidateResourceConfig(r.server.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: r.TypeName, Config: r.server.dynamic(r.schema(), config),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: !r.server.OldCLI},
	})
	r.server.must(err)
	return resp.Diagnostics
}

// Refresh reads the instance.
func (r *Resource) Refresh(ctx context.Context) Diagnostics {
	r.server.t.Helper()
	resp, err := r.server.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: r.TypeName, CurrentState: r.dynamicValue(r.State), Private: r.Private, CurrentIdentity: r.Identity,
	})
	r.server.must(err)
	if !Diagnostics(resp.Diagnostics).HasError() {
		r.State, r.Private, r.Identity = r.value(resp.NewState), resp.Private, resp.NewIdentity
	}
	return resp.Diagnostics
}

// Import imports an id and reads it, as Terraform does.
func (r *Resource) Import(ctx context.Context, id string) Diagnostics {
	r.server.t.Helper()
	return r.importResource(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: r.TypeName, ID: id})
}

// importResource is what the two ways to import have in common.
func (r *Resource) importResource(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) Diagnostics {
	r.server.t.Helper()
	resp, err := r.server.server.ImportResourceState(ctx, req)
	r.server.must(err)
	diags := Diagnostics(resp.Diagnostics)
	if diags.HasError() {
		return diags
	}
	imported := resp.ImportedResources[0]
	r.State, r.Private, r.Identity = r.value(imported.State), imported.Private, imported.Identity
	diags = append(diags, r.Refresh(ctx)...)
	if diags.HasError() {
		r.State = tftypes.NewValue(r.schema().ValueType(), nil)
	}
	return diags
}

// Plan is the provider's answer to a plan.
type Plan struct {
	Planned         tftypes.Value
	Private         []byte
	RequiresReplace []string // names of attributes that differ
	Diagnostics     Diagnostics

	config   Object
	identity *tfprotov6.ResourceIdentityData
}

// IsEmpty reports whether the plan changes nothing.
func (p *Plan) IsEmpty(r *Resource) bool {
	return len(p.RequiresReplace) == 0 && p.Planned.Equal(r.State)
}

// Values returns what is planned, nil for a destroy.
func (p *Plan) Values(t testing.TB) Object {
	t.Helper()
	values, _ := toGo(t, p.Planned).(Object)
	return values
}

// Become replaces the configuration by the one that it has turned out to be when
// the plan is applied, with nothing unknown in it.
func (p *Plan) Become(r *Resource, config Object) {
	r.server.t.Helper()
	p.config = config
	planned, configured := r.attributes(p.Planned), r.attributes(r.server.value(r.schema(), config))
	for _, a := range r.schema().Block.Attributes {
		if (a.Required || a.Optional) && (!a.Computed || !configured[a.Name].IsNull()) {
			planned[a.Name] = configured[a.Name]
		}
	}
	p.Planned = tftypes.NewValue(r.schema().ValueType(), planned)
}

// Plan plans a configuration, nil for a destroy.
func (r *Resource) Plan(ctx context.Context, config Object) *Plan {
	r.server.t.Helper()
	null := tftypes.NewValue(r.schema().ValueType(), nil)
	configured, proposed := null, null
	if config != nil {
		configured = r.server.value(r.schema(), config)
		proposed = r.proposed(configured)
	}
	resp, err := r.server.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName:         r.TypeName,
		PriorState:       r.dynamicValue(r.State),
		PriorPrivate:     r.Private,
		Config:           r.dynamicValue(configured),
		ProposedNewState: r.dynamicValue(proposed),
		PriorIdentity:    r.Identity,
	})
	r.server.must(err)
	plan := &Plan{Private: resp.PlannedPrivate, identity: resp.PlannedIdentity, Diagnostics: resp.Diagnostics, config: config, Planned: null}
	if plan.Diagnostics.HasError() {
		return plan
	}
	plan.Planned = r.value(resp.PlannedState)
	plan.RequiresReplace = r.replacing(plan.Planned, resp.RequiresReplace)
	return plan
}

// replacing returns the attributes of paths whose values differ: Terraform
// ignores the others.
func (r *Resource) replacing(planned tftypes.Value, paths []*tftypes.AttributePath) []string {
	if !r.Exists() || planned.IsNull() {
		return nil
	}
	before, after := r.attributes(r.State), r.attributes(planned)
	var names []string
	for _, p := range paths {
		name, ok := p.Steps()[0].(tftypes.AttributeName)
		if !ok {
			r.server.t.Fatalf("replacement for %s, which is no attribute", p)
		}
		if v := after[string(name)]; !v.IsFullyKnown() || !v.Equal(before[string(name)]) {
			names = append(names, string(name))
		}
	}
	return names
}

// Apply applies a plan. A replacement destroys first, and ends there if that
// fails.
func (r *Resource) Apply(ctx context.Context, plan *Plan) Diagnostics {
	r.server.t.Helper()
	if plan.Diagnostics.HasError() {
		r.server.t.Fatalf("applying a plan that failed: %s", plan.Diagnostics)
	}
	if len(plan.RequiresReplace) == 0 && (!r.Tainted || plan.Planned.IsNull()) {
		return r.change(ctx, plan)
	}
	diags := r.Destroy(ctx)
	if diags.HasError() {
		return diags
	}
	again := r.Plan(ctx, plan.config)
	return append(append(diags, again.Diagnostics...), r.change(ctx, again)...)
}

func (r *Resource) change(ctx context.Context, plan *Plan) Diagnostics {
	r.server.t.Helper()
	config := tftypes.NewValue(r.schema().ValueType(), nil)
	if plan.config != nil {
		config = r.server.value(r.schema(), plan.config)
	}
	creating := !r.Exists()
	resp, err := r.server.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName:        r.TypeName,
		PriorState:      r.dynamicValue(r.State),
		PlannedState:    r.dynamicValue(plan.Planned),
		Config:          r.dynamicValue(config),
		PlannedPrivate:  plan.Private,
		PlannedIdentity: plan.identity,
	})
	r.server.must(err)
	r.State, r.Private, r.Identity = r.value(resp.NewState), resp.Private, resp.NewIdentity
	r.Tainted = creating && r.Exists() && Diagnostics(resp.Diagnostics).HasError()
	return resp.Diagnostics
}

// Configure plans and applies a configuration.
func (r *Resource) Configure(ctx context.Context, config Object) Diagnostics {
	r.server.t.Helper()
	plan := r.Plan(ctx, config)
	if plan.Diagnostics.HasError() {
		return plan.Diagnostics
	}
	return append(plan.Diagnostics, r.Apply(ctx, plan)...)
}

// Destroy plans and applies a destroy.
func (r *Resource) Destroy(ctx context.Context) Diagnostics {
	r.server.t.Helper()
	plan := r.Plan(ctx, nil)
	if plan.Diagnostics.HasError() {
		return plan.Diagnostics
	}
	return append(plan.Diagnostics, r.change(ctx, plan)...)
}

// proposed returns the proposed new state, as Terraform computes it: a computed
// attribute that the configuration leaves out keeps its prior value.
func (r *Resource) proposed(config tftypes.Value) tftypes.Value {
	if !r.Exists() {
		return config
	}
	before, configured := r.attributes(r.State), r.attributes(config)
	for _, a := range r.schema().Block.Attributes {
		if a.Computed && configured[a.Name].IsNull() {
			configured[a.Name] = before[a.Name]
		}
	}
	return tftypes.NewValue(r.schema().ValueType(), configured)
}

// attributes returns the attributes of an object, in a map that may be changed:
// the one that As returns belongs to the value.
func (r *Resource) attributes(v tftypes.Value) map[string]tftypes.Value {
	r.server.t.Helper()
	var attributes map[string]tftypes.Value
	r.server.must(v.As(&attributes))
	return maps.Clone(attributes)
}

func (r *Resource) schema() *tfprotov6.Schema { return r.server.schema.ResourceSchemas[r.TypeName] }

func (r *Resource) value(d *tfprotov6.DynamicValue) tftypes.Value {
	r.server.t.Helper()
	if d == nil {
		return tftypes.NewValue(r.schema().ValueType(), nil)
	}
	v, err := d.Unmarshal(r.schema().ValueType())
	r.server.must(err)
	return v
}

func (r *Resource) dynamicValue(v tftypes.Value) *tfprotov6.DynamicValue {
	r.server.t.Helper()
	d, err := tfprotov6.NewDynamicValue(r.schema().ValueType(), v)
	r.server.must(err)
	return &d
}
