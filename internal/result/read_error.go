package result

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// summaryRead is the summary of every error of a read.
const summaryRead = "Unable to Read Liveness Result"

// readError returns the diagnostic of a failed read, on signature_id if the API
// does not know it. hint says what else can be done about a session that has no
// result; it may be empty.
func readError(client *advance.Client, id, hint string, err error) diag.Diagnostic {
	var wait *tfutil.WaitError
	waited := errors.As(err, &wait)
	switch {
	case advance.IsNotKnown(err):
		return diag.NewAttributeErrorDiagnostic(path.Root("signature_id"), summaryRead,
			tfutil.Detail(tfutil.Paragraphs(notKnown(client, id, wait), hint), err))
	case waited && wait.OutOfTime:
		return tfutil.APIError(summaryRead, tfutil.Paragraphs(wait.Situation(), hint), err)
	case waited:
		return tfutil.APIError(summaryRead, wait.Situation(), err)
	default:
		return tfutil.APIError(summaryRead, fmt.Sprintf("The result of session %q could not be read.", id), err)
	}
}

// notKnown says what "not known" means. wait is nil if there was no wait.
func notKnown(client *advance.Client, id string, wait *tfutil.WaitError) string {
	if wait != nil && wait.Last != nil {
		return fmt.Sprintf("The API at %s does not know the session %q any more. It vanished during a wait of %s for its result, most likely because its data was cleared.",
			client.Endpoint(), id, tfutil.Rounded(wait.Waited))
	}
	return fmt.Sprintf("The API at %s does not know the session %q. It may have forgotten it since its data was cleared.",
		client.Endpoint(), id)
}
