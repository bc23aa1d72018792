package result

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// readError returns the diagnostic of a failed read, on signature_id if the API
// does not know it.
func (d *dataSource) readError(id string, err error) diag.Diagnostic {
	var wait *waitError
	waited := errors.As(err, &wait)
	switch {
	case advance.IsNotKnown(err):
		return diag.NewAttributeErrorDiagnostic(path.Root("signature_id"), summaryRead,
			tfutil.Detail(d.notKnown(id, wait)+"\n\n"+noRefreshHint, err))
	case waited && wait.outOfTime:
		return tfutil.APIError(summaryRead, wait.situation()+"\n\n"+noRefreshHint, err)
	case waited:
		return tfutil.APIError(summaryRead, wait.situation(), err)
	default:
		return tfutil.APIError(summaryRead, fmt.Sprintf("The result of session %q could not be read.", id), err)
	}
}

// notKnown says what "not known" means. wait is nil if there was no wait.
func (d *dataSource) notKnown(id string, wait *waitError) string {
	if wait != nil && wait.last != nil {
		return fmt.Sprintf("The API at %s does not know the session %q any more. It vanished during a wait of %s for its result, most likely because its data was cleared.",
			d.data.Client.Endpoint(), id, rounded(wait.waited))
	}
	return fmt.Sprintf("The API at %s does not know the session %q. It may have forgotten it since its data was cleared.",
		d.data.Client.Endpoint(), id)
}
