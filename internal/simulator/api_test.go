package simulator

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCalls_withoutSecrets(t *testing.T) {
	t.Parallel()
	h := newServer(t, Config{}).login()
	made := h.generate(nil)
	h.result(made.SignatureID)
	h.want(OpClear, made.SignatureID, "PARAMETER_ERROR", messageNotFinished)
	h.fetch(http.MethodPost, h.base+"/openapi/elsewhere", "", "")
	h.get(made.URL)
	h.get(h.base + "/simulator/v1/calls")
	h.get(h.base + "/favicon.ico")

	calls := h.sim.Calls()
	var got []string
	for _, call := range calls {
		got = append(got, string(call.Operation)+" "+call.Code+" "+strconv.Itoa(call.HTTPStatus)+" "+
			strings.ReplaceAll(call.SignatureID, made.SignatureID, "ID"))
	}
	want := []string{
		"token SUCCESS 200 ",
		"generate SUCCESS 200 ID",
		"result SUCCESS 200 ID",
		"clear PARAMETER_ERROR 200 ID",
		" CLIENT_ERROR 200 ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	text := encode(calls)
	for _, secret := range []string{DefaultSecretKey, DefaultAccessKey, h.token, "token=", "user-1", "app.example.com"} {
		if strings.Contains(text, secret) {
			t.Errorf("the calls tell %q", secret)
		}
	}
	if h.sim.CallCount(OpResult) != 1 || h.sim.CallCount(OpToken) != 1 {
		t.Errorf("counts: %d, %d", h.sim.CallCount(OpResult), h.sim.CallCount(OpToken))
	}
	if got := h.sim.Connections(); got != 1 {
		t.Errorf("%d connections", got)
	}
}
