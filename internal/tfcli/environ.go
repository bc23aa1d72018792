package tfcli

import (
	"maps"
	"strings"
)

// Environ returns the variables of environ, in the form of [os.Environ],
// without those that change what Terraform or the provider does, and with
// extra on top. A caller's credentials, log settings, arguments or workspace
// must neither break a run that is not theirs nor be used by it.
func Environ(environ []string, extra map[string]string) map[string]string {
	env := map[string]string{"CHECKPOINT_DISABLE": "1"}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if name == "" || strings.HasPrefix(name, "TF_") || strings.HasPrefix(name, "ADVANCE_") {
			continue
		}
		env[name] = value
	}
	maps.Copy(env, extra)
	return env
}
