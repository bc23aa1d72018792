package simulator

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var (
	otherAccount = Account{CustomerID: 7, AccountID: 8}
	otherPair    = KeyPair{AccessKey: "otheraccesskey", SecretKey: "othersecretkey", Account: otherAccount}
	secondPair   = KeyPair{AccessKey: "secondaccesskey", SecretKey: "secondsecretkey"} // of the first account
)

// subjectOf returns the account that a token's claims name.
func subjectOf(t *testing.T, token string) Account {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", token)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Sub string }
	unmarshal(t, text, &claims)
	var account Account
	unmarshal(t, []byte(claims.Sub), &account)
	return account
}

func TestAccount_knowsOnlyItsOwnSessions(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{KeyPairs: []KeyPair{otherPair, secondPair}}).login()
	if got := subjectOf(t, h.token); got != defaultAccount {
		t.Errorf("claims of the first pair: %+v", got)
	}
	made := h.generate(map[string]any{"userId": "sim-pass"})

	h.loginAs(otherPair.AccessKey, otherPair.SecretKey)
	if got := subjectOf(t, h.token); got != otherAccount {
		t.Errorf("claims of the other pair: %+v", got)
	}
	h.want(OpResult, resultBody(made.SignatureID), "SIGNATURE_NOT_EXIST", messageNotExist)
	h.want(OpClear, made.SignatureID, "PARAMETER_ERROR", messageClearNotExist)
	if session, _ := h.sim.Session(made.SignatureID); session.State != StateFinished {
		t.Errorf("the other account has left the session %s", session.State)
	}
	link := h.generate(nil)
	token, _, _ := strings.Cut(strings.SplitN(link.URL, "token=", 2)[1], "&")
	if got := subjectOf(t, token); got != otherAccount {
		t.Errorf("claims of the other account's link: %+v", got)
	}

	h.loginAs(secondPair.AccessKey, secondPair.SecretKey)
	h.result(made.SignatureID)
	h.want(OpClear, made.SignatureID, "SUCCESS", "OK")
	h.want(OpResult, resultBody(link.SignatureID), "SIGNATURE_NOT_EXIST", messageNotExist)
	h.want(OpToken, tokenBodyOf(otherPair.AccessKey, secondPair.SecretKey, time.Now()), "PARAMETER_ERROR", messageSignature)
}

func TestAccount_mintToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newMemory(t, Config{KeyPairs: []KeyPair{otherPair}})
		h.token = h.sim.MintToken(Account{}, 2*time.Hour)
		id := h.generate(nil).SignatureID
		h.token = h.sim.MintToken(otherAccount, time.Hour)
		h.want(OpResult, resultBody(id), "SIGNATURE_NOT_EXIST", messageNotExist)
		time.Sleep(time.Hour)
		h.want(OpResult, resultBody(id), "IAM_FAILED", messageTokenExpired)
		if got := h.sim.CallCount(OpToken); got != 0 {
			t.Errorf("%d token calls were counted", got)
		}
	})
}

func TestAccount_opaqueTokens(t *testing.T) {
	t.Parallel()
	h := newMemory(t, Config{})
	h.sim.SetBehaviour(Behaviour{OpaqueTokens: true})
	h.login()
	if strings.Contains(h.token, ".") || json.Valid([]byte(h.token)) {
		t.Errorf("the token %q can be read", h.token)
	}
	h.generate(nil)
}
