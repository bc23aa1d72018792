package simulator

import "maps"

// kindEnvelope is the kind whose code and message the fault itself gives.
const kindEnvelope = "envelope"

// faultKind is what a kind of fault does.
type faultKind struct {
	description string
	operations  []Operation // that can meet it; allOperations unless the kind says otherwise
	throttles   bool        // its answers have a Retry-After header
	silent      bool        // there is no answer with an HTTP status
	alters      bool        // it alters the API's own answer, so the call always takes effect
	answer      func(strike) reply
}

// strike is a fault and the call that it strikes.
type strike struct {
	fault  Fault
	store  *store
	req    request
	normal reply // the API's own answer, where the call has taken effect
}

// faultKinds holds all kinds by name.
var faultKinds = allFaultKinds()

func allFaultKinds() map[string]faultKind {
	all := make(map[string]faultKind)
	for _, group := range []map[string]faultKind{
		envelopeKinds(), connectionKinds(), httpKinds(), bodyKinds(), dataKinds(), alteringKinds(), hostileKinds(),
	} {
		maps.Copy(all, group)
	}
	for name, kind := range all {
		if kind.operations == nil {
			kind.operations = allOperations
			all[name] = kind
		}
	}
	return all
}

// envelopeKinds are the codes of API §3 to §8, with one message for each that
// means something else. The fault may give another message.
func envelopeKinds() map[string]faultKind {
	kinds := map[string]faultKind{
		kindEnvelope: envelopeKind("the code, message and HTTP status that the fault gives", "", ""),
	}
	for _, row := range []struct{ name, code, message string }{
		{"service-busy", codeServiceBusy, messageRateLimit},
		{"service-busy-quota", codeServiceBusy, "Quota exceeded: You have exceeded the daily quota for free queries, please contact out tech support for help"},
		{"retry-later", codeRetryLater, "Query failed, please retry after the suggested time in HTTP Header."},
		{"error", "ERROR", "Server error"},
		{"empty-parameter-error", "EMPTY_PARAMETER_ERROR", messageEmpty},
		{"parameter-empty", codeParameterError, messageEmpty},
		{"parameter-error", codeParameterError, messageParameter},
		{"timestamp-error", codeParameterError, messageTimestamp},
		{"signature-error", codeParameterError, messageSignature},
		{"account-disabled", "ACCOUNT_DISABLED", "Account Disabled"},
		{"insufficient-balance", "INSUFFICIENT_BALANCE", "Insufficient balance, please top up or contact your sales manager for help"},
		{"over-query-limit", "OVER_QUERY_LIMIT", "Quota exceeded. you have exceeded free query quota, please contact your sales manager for help"},
		{"access-denied", "ACCESS_DENIED", "Access denied"},
		{"service-disabled", "SERVICE_DISABLED", "Service disabled"},
		{"client-error", codeClientError, messageBadRequest},
		{"iam-access-key", codeIAMFailed, messageKeyNotFound},
		{"iam-token", codeIAMFailed, messageTokenExpired},
		{"iam-country", codeIAMFailed, "Account not authorized for this country"},
		{"region-wrong", codeRegionWrong, messageRegion},
		{"return-url", codeParameterError, messageReturnURL},
		{"fail-return-url", codeParameterError, messageFailReturnURL},
		{"product-level", codeParameterError, messageProductLevel},
		{"signature-not-exist", codeSignatureNotExist, messageNotExist},
		{"clear-not-exist", codeParameterError, messageClearNotExist},
		{"clear-not-finished", codeParameterError, messageNotFinished},
		{"clear-empty", codeParameterError, messageClearEmpty},
		{"in-processing", codeInProcessing, messageInProcessing},
		{"unknown-code", "BRAND_NEW_CODE", "Something that no reference knows"},
	} {
		kinds[row.name] = envelopeKind(row.code+", "+row.message, row.code, row.message)
	}
	return kinds
}

// envelopeKind returns a kind that answers with a code and a message.
func envelopeKind(description, code, message string) faultKind {
	return faultKind{
		description: description,
		throttles:   code == codeServiceBusy || code == codeRetryLater,
		answer: func(s strike) reply {
			fill(&s.fault.Code, code)
			fill(&s.fault.Message, message)
			return refusal(s.fault.Code, s.fault.Message)
		},
	}
}

// dataKinds say SUCCESS with data that is not what it should be.
func dataKinds() map[string]faultKind {
	idOnly := []Operation{OpGenerate, OpResult}
	tokenOnly := []Operation{OpToken}
	kinds := make(map[string]faultKind)
	for _, row := range []struct {
		name, description string
		operations        []Operation
		data              any
	}{
		{"no-data", "null", nil, nil},
		{"data-empty", "an empty object", nil, map[string]any{}},
		{"data-wrong-type", "a string", nil, "0123456789abcdef"},
		{"data-array", "an array", nil, []any{}},
		{"empty-id", "an object whose signatureId is empty", idOnly, map[string]any{
			"signatureId": "", "url": "https://h5.example.com/idvs/?token=none&signatureId=",
		}},
		{"id-wrong-type", "an object whose signatureId is an array", idOnly, map[string]any{
			"signatureId": []string{"1234567890"}, "url": "https://h5.example.com/idvs/?token=none&signatureId=1234567890",
		}},
		{"empty-token", "an object whose token is empty", tokenOnly, map[string]any{"token": "", "expiredTime": 0}},
		{"token-wrong-type", "an object whose token is a number", tokenOnly, map[string]any{"token": 1, "expiredTime": 0}},
	} {
		kinds[row.name] = faultKind{
			description: "SUCCESS, whose data is " + row.description,
			operations:  row.operations,
			answer:      func(strike) reply { return success(row.data) },
		}
	}
	return kinds
}

// alteringKinds change a field of the data of the API's own answer, where that
// has any.
func alteringKinds() map[string]faultKind {
	generateOnly := []Operation{OpGenerate}
	both := []Operation{OpToken, OpGenerate}
	kinds := make(map[string]faultKind)
	for _, row := range []struct {
		name, description string
		operations        []Operation
		field             string
		value             any // nil takes the field away
	}{
		{"no-url", "the answer has no url", generateOnly, "url", nil},
		{"empty-url", "the answer's url is empty", generateOnly, "url", ""},
		{"no-expiry", "the answer has no expiredTime", both, "expiredTime", nil},
		{"bad-expiry", "the answer's expiredTime is a word", both, "expiredTime", "soon"},
		{"past-expiry", "the answer's expiredTime is long past", both, "expiredTime", int64(1642580192430)},
		{"far-expiry", "the answer's expiredTime is far ahead", both, "expiredTime", int64(32503680000000)},
	} {
		kinds[row.name] = faultKind{
			description: row.description + "; the call takes effect in any case",
			operations:  row.operations,
			alters:      true,
			answer: func(s strike) reply {
				if data, ok := s.normal.data.(map[string]any); ok && row.value == nil {
					delete(data, row.field)
				} else if ok {
					data[row.field] = row.value
				}
				return s.normal
			},
		}
	}
	return kinds
}
