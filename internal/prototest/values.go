package prototest

import (
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Unknown is a value that is known only after apply.
var Unknown = unknownValue{}

type unknownValue struct{}

// Object is a configuration, a state or a map: strings, bools, numbers, Objects
// and lists of them. A nil value is null, and so is a missing attribute.
type Object = map[string]any

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

// fromGo converts v to a value of type ty.
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
		if m, ok := ty.(tftypes.Map); ok {
			values := map[string]tftypes.Value{}
			for key, element := range v {
				values[key] = fromGo(t, m.ElementType, element)
			}
			return tftypes.NewValue(ty, values)
		}
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

// toGo converts v to Go values; an unknown one becomes [Unknown].
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
	case ty.Is(tftypes.Object{}), ty.Is(tftypes.Map{}):
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
	if err := v.As(&out); err != nil {
		t.Fatal(err)
	}
	return out
}
