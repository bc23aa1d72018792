package sessionset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/sessionargs"
)

// digestVersion is the way in which [digest] is computed. A session whose digest
// is of another one is made anew.
const digestVersion = "1:"

// digest returns a fingerprint of the request for a user id: two sessions with
// the same one were made with the same arguments. So an update that was
// interrupted half way goes on where it was, and makes no session twice.
//
// biz_id is left out, because it is random. Of a write-only callback_url only the
// version is in it: the plan does not have more.
func digest(a *sessionargs.Arguments, userID string) string {
	request := a.Request(userID, "")
	request.CallbackURL = a.CallbackURL.ValueStringPointer()
	data, err := json.Marshal(struct {
		advance.SessionRequest
		CallbackVersion *int64 `json:"callbackVersion,omitempty"`
	}{request, a.CallbackURLWOVersion.ValueInt64Pointer()})
	if err != nil {
		return "" // never: strings, bools and a number
	}
	sum := sha256.Sum256(data)
	return digestVersion + hex.EncodeToString(sum[:])
}
