package result

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

// defaultRead is the timeout of a read without a wait.
const defaultRead = time.Minute

// read returns the session's result. If args say so it waits until the
// transaction is finished.
func read(ctx context.Context, client *advance.Client, args argumentsModel) (*advance.Result, error) {
	id, images := args.SignatureID.ValueString(), args.images()
	if !args.WaitForCompletion.ValueBool() {
		return client.GetResult(ctx, id, images)
	}
	interval, err := args.pollInterval()
	if err != nil {
		return nil, fmt.Errorf("poll_interval: %w", err)
	}
	return tfutil.Await(ctx, client, id, images, interval, func(last *advance.Result, trouble error, waited time.Duration) {
		fields := map[string]any{"signature_id": id, "waited": tfutil.Rounded(waited).String(), "outage": trouble != nil}
		if last != nil {
			fields["state"] = last.State()
		}
		tflog.Info(ctx, "waiting for the liveness transaction to finish", fields)
	})
}
