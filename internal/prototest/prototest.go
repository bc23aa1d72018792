// Package prototest drives the provider server in process, as Terraform core
// would, for tests that need no CLI.
package prototest

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/advance-community/terraform-provider-advance/internal/provider"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// Server is the provider in process, spoken to as Terraform speaks to it. It
// needs no CLI and no network, so that it also works in a synctest bubble,
// where an hour's wait costs nothing.
type Server struct {
	t      testing.TB
	server tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
}

// Unknown is a value that will only be known after apply.
var Unknown = unknownValue{}

type unknownValue struct{}

// Object is a configuration, or a state to read: strings, bools, float64s,
// Objects and lists of them; nil and what is missing are null.
type Object = map[string]any

// Diagnostics are a response's diagnostics.
type Diagnostics []*tfprotov6.Diagnostic

// NewServer makes the provider, with transport in place of the network.
func NewServer(t testing.TB, transport http.RoundTripper) *Server {
	t.Helper()
	server := providerserver.NewProtocol6(provider.NewWithTransport("0.0.0-test", transport)())()
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatalf("reading the schema: %v", err)
	}
	return &Server{t: t, server: server, schema: schema}
}

// Configured is NewServer with a provider block: one for the in-memory
// endpoint and the sample key pair, where block does not say otherwise.
func Configured(t testing.TB, transport http.RoundTripper, block Object) *Server {
	t.Helper()
	s := NewServer(t, transport)
	whole := Object{"endpoint": "http://127.0.0.1", "access_key": simulator.DefaultAccessKey, "secret_key": simulator.DefaultSecretKey}
	for name, v := range block {
		whole[name] = v
	}
	if diags := s.Configure(whole); diags.HasError() {
		t.Fatalf("configuring the provider: %s", diags)
	}
	return s
}

// Configure validates and applies a provider block.
func (s *Server) Configure(block Object) Diagnostics {
	s.t.Helper()
	config := s.dynamic(s.schema.Provider, block)
	validated, err := s.server.ValidateProviderConfig(s.t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config})
	s.must(err)
	if Diagnostics(validated.Diagnostics).HasError() {
		return validated.Diagnostics
	}
	configured, err := s.server.ConfigureProvider(s.t.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: config})
	s.must(err)
	return append(Diagnostics(validated.Diagnostics), configured.Diagnostics...)
}

// Stop is Terraform's reaction to an interrupt.
func (s *Server) Stop() {
	_, err := s.server.StopProvider(context.WithoutCancel(s.t.Context()), &tfprotov6.StopProviderRequest{})
	s.must(err)
}

// ReadDataSource validates and reads a data source.
func (s *Server) ReadDataSource(ctx context.Context, typeName string, config Object) (Object, Diagnostics) {
	s.t.Helper()
	schema := s.schema.DataSourceSchemas[typeName]
	value := s.dynamic(schema, config)
	validated, err := s.server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: typeName, Config: value})
	s.must(err)
	diags := Diagnostics(validated.Diagnostics)
	if diags.HasError() {
		return nil, diags
	}
	read, err := s.server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: typeName, Config: value})
	s.must(err)
	diags = append(diags, read.Diagnostics...)
	if read.State == nil || diags.HasError() {
		return nil, diags
	}
	return s.object(schema, read.State), diags
}

// Resource is one instance as Terraform keeps it between runs.
type Resource struct {
	TypeName string
	State    tftypes.Value // null when there is none
	Private  []byte
	Tainted  bool

	server *Server
}

// NewResource is an instance that does not exist yet.
func (s *Server) NewResource(typeName string) *Resource {
	s.t.Helper()
	schema := s.schema.ResourceSchemas[typeName]
	if schema == nil {
		s.t.Fatalf("the provider has no resource %s", typeName)
	}
	return &Resource{TypeName: typeName, State: tftypes.NewValue(schema.ValueType(), nil), server: s}
}

// On is the same instance in the hands of another provider process.
func (r *Resource) On(s *Server) *Resource {
	moved := *r
	moved.server = s
	return &moved
}

// Exists reports whether the state has the instance.
func (r *Resource) Exists() bool { return !r.State.IsNull() }

// Values is the state.
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

// Validate checks a configuration.
func (r *Resource) Validate(config Object) Diagnostics {
	r.server.t.Helper()
	resp, err := r.server.server.ValidateResourceConfig(r.server.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: r.TypeName, Config: r.server.dynamic(r.schema(), config),
	})
	r.server.must(err)
	return resp.Diagnostics
}

// Refresh reads the instance.
func (r *Resource) Refresh(ctx context.Context) Diagnostics {
	r.server.t.Helper()
	resp, err := r.server.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: r.TypeName, CurrentState: r.dynamicValue(r.State), Private: r.Private,
	})
	r.server.must(err)
	if !Diagnostics(resp.Diagnostics).HasError() {
		r.State, r.Private = r.value(resp.NewState), resp.Private
	}
	return resp.Diagnostics
}

// Import makes the state of an id, and reads it, as Terraform does.
func (r *Resource) Import(ctx context.Context, id string) Diagnostics {
	r.server.t.Helper()
	resp, err := r.server.server.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: r.TypeName, ID: id})
	r.server.must(err)
	diags := Diagnostics(resp.Diagnostics)
	if diags.HasError() {
		return diags
	}
	r.State, r.Private = r.value(resp.ImportedResources[0].State), resp.ImportedResources[0].Private
	diags = append(diags, r.Refresh(ctx)...)
	if diags.HasError() {
		r.State = tftypes.NewValue(r.schema().ValueType(), nil)
	}
	return diags
}

// Plan is what Terraform would show.
type Plan struct {
	Planned         tftypes.Value
	Private         []byte
	RequiresReplace []string // names of attributes that differ
	Diagnostics     Diagnostics

	config Object
}

// IsEmpty reports whether the plan changes nothing.
func (p *Plan) IsEmpty(r *Resource) bool {
	return len(p.RequiresReplace) == 0 && p.Planned.Equal(r.State)
}

// Plan plans a configuration; nil is a destroy.
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
	})
	r.server.must(err)
	plan := &Plan{Private: resp.PlannedPrivate, Diagnostics: resp.Diagnostics, config: config, Planned: null}
	if plan.Diagnostics.HasError() {
		return plan
	}
	plan.Planned = r.value(resp.PlannedState)
	plan.RequiresReplace = r.replacing(plan.Planned, resp.RequiresReplace)
	return plan
}

// replacing keeps, as Terraform does, the paths whose values really differ.
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

// Apply carries out a plan. A replacement destroys first, and stops there if
// that fails.
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
		TypeName:       r.TypeName,
		PriorState:     r.dynamicValue(r.State),
		PlannedState:   r.dynamicValue(plan.Planned),
		Config:         r.dynamicValue(config),
		PlannedPrivate: plan.Private,
	})
	r.server.must(err)
	r.State, r.Private = r.value(resp.NewState), resp.Private
	r.Tainted = creating && r.Exists() && Diagnostics(resp.Diagnostics).HasError()
	return resp.Diagnostics
}

// Configure plans and applies a configuration, and fails on a failing plan.
func (r *Resource) Configure(ctx context.Context, config Object) Diagnostics {
	r.server.t.Helper()
	plan := r.Plan(ctx, config)
	if plan.Diagnostics.HasError() {
		return plan.Diagnostics
	}
	return append(plan.Diagnostics, r.Apply(ctx, plan)...)
}

// Destroy plans and applies the end of the instance.
func (r *Resource) Destroy(ctx context.Context) Diagnostics {
	r.server.t.Helper()
	plan := r.Plan(ctx, nil)
	if plan.Diagnostics.HasError() {
		return plan.Diagnostics
	}
	return append(plan.Diagnostics, r.change(ctx, plan)...)
}

// proposed merges a configuration with the state as Terraform does: what the
// provider computes and the configuration leaves out stays as it was.
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

// attributes takes an object apart. The map is a copy: the one that As gives is
// the value's own.
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

// HasError reports whether one of the diagnostics is an error.
func (d Diagnostics) HasError() bool { return len(d.Errors()) > 0 }

// Errors are the diagnostics that are errors.
func (d Diagnostics) Errors() Diagnostics { return d.of(tfprotov6.DiagnosticSeverityError) }

// Warnings are the diagnostics that are warnings.
func (d Diagnostics) Warnings() Diagnostics { return d.of(tfprotov6.DiagnosticSeverityWarning) }

func (d Diagnostics) of(severity tfprotov6.DiagnosticSeverity) Diagnostics {
	var found Diagnostics
	for _, one := range d {
		if one.Severity == severity {
			found = append(found, one)
		}
	}
	return found
}

// String is all that a user would read.
func (d Diagnostics) String() string {
	var b strings.Builder
	for _, one := range d {
		fmt.Fprintf(&b, "%s: %s", one.Severity, one.Summary)
		if one.Attribute != nil {
			fmt.Fprintf(&b, " (at %s)", one.Attribute)
		}
		fmt.Fprintf(&b, "\n%s\n\n", one.Detail)
	}
	return b.String()
}

func (s *Server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) dynamic(schema *tfprotov6.Schema, o Object) *tfprotov6.DynamicValue {
	s.t.Helper()
	d, err := tfprotov6.NewDynamicValue(schema.ValueType(), s.value(schema, o))
	s.must(err)
	return &d
}

func (s *Server) value(schema *tfprotov6.Schema, o Object) tftypes.Value {
	s.t.Helper()
	return fromGo(s.t, schema.ValueType(), o)
}

func (s *Server) object(schema *tfprotov6.Schema, d *tfprotov6.DynamicValue) Object {
	s.t.Helper()
	v, err := d.Unmarshal(schema.ValueType())
	s.must(err)
	object, ok := toGo(s.t, v).(Object)
	if !ok {
		s.t.Fatal("the state is no object")
	}
	return object
}

// fromGo makes a value of type ty.
func fromGo(t testing.TB, ty tftypes.Type, v any) tftypes.Value {
	t.Helper()
	switch v := v.(type) {
	case nil:
		return tftypes.NewValue(ty, nil)
	case unknownValue:
		return tftypes.NewValue(ty, tftypes.UnknownValue)
	case int:
		return tftypes.NewValue(ty, big.NewFloat(float64(v)))
	case Object:
		object, ok := ty.(tftypes.Object)
		if !ok {
			t.Fatalf("an object where %s is wanted", ty)
		}
		for name := range v {
			if object.AttributeTypes[name] == nil {
				t.Fatalf("there is no attribute %q", name)
			}
		}
		values := map[string]tftypes.Value{}
		for name, attribute := range object.AttributeTypes {
			values[name] = fromGo(t, attribute, v[name])
		}
		return tftypes.NewValue(ty, values)
	default:
		return tftypes.NewValue(ty, v)
	}
}

// toGo takes a value apart; an unknown one is [Unknown].
func toGo(t testing.TB, v tftypes.Value) any {
	t.Helper()
	if v.IsNull() {
		return nil
	}
	if !v.IsKnown() {
		return Unknown
	}
	switch ty := v.Type(); {
	case ty.Is(tftypes.String):
		return as[string](t, v)
	case ty.Is(tftypes.Bool):
		return as[bool](t, v)
	case ty.Is(tftypes.Number):
		f, _ := as[*big.Float](t, v).Float64()
		return f
	case ty.Is(tftypes.Object{}):
		object := Object{}
		for name, member := range as[map[string]tftypes.Value](t, v) {
			object[name] = toGo(t, member)
		}
		return object
	default:
		list := []any{}
		for _, item := range as[[]tftypes.Value](t, v) {
			list = append(list, toGo(t, item))
		}
		return list
	}
}

func as[T any](t testing.TB, v tftypes.Value) T {
	t.Helper()
	var out T
	switch p := any(&out).(type) {
	case **big.Float:
		*p = new(big.Float)
		if err := v.As(*p); err != nil {
			t.Fatal(err)
		}
	default:
		if err := v.As(p); err != nil {
			t.Fatal(err)
		}
	}
	return out
}
