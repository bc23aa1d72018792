package session

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/advance-community/terraform-provider-advance/internal/audit"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

var _ list.ListResourceWithConfigure = (*sessionList)(nil)

// sessionList lists the sessions of an audit log: the API lists none.
type sessionList struct {
	sessionResource // Metadata and Configure
}

// NewListResource returns the list resource advance_liveness_session.
func NewListResource() list.ListResource { return &sessionList{} }

func (l *sessionList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the sessions in an audit log, so that lost ones can be imported. " +
			"It makes no API call, unless the resource objects are asked for.",
		Attributes: map[string]schema.Attribute{
			"audit_log": schema.StringAttribute{
				MarkdownDescription: "Path of the audit log. Default: the `audit_log` of the provider.",
				Optional:            true,
			},
			"open": schema.BoolAttribute{
				MarkdownDescription: "Whether to list only sessions that were never erased. With `false` all sessions are listed. Default: `true`.",
				Optional:            true,
			},
		},
	}
}

// listModel is the config of a list block.
type listModel struct {
	AuditLog types.String `tfsdk:"audit_log"`
	Open     types.Bool   `tfsdk:"open"`
}

func (l *sessionList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config listModel
	diags := req.Config.Get(ctx, &config)
	var sessions []*audit.Session
	if l.data.Client == nil && (req.IncludeResource || config.AuditLog.ValueString() == "") {
		diags.Append(l.data.UnknownArguments("The list", applyFirstHint))
	} else {
		sessions = l.read(config, &diags)
	}
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	all := !config.Open.IsNull() && !config.Open.ValueBool()
	stream.Results = func(push func(list.ListResult) bool) {
		// Warnings travel in a result of their own.
		if len(diags) > 0 && !push(list.ListResult{Diagnostics: diags}) {
			return
		}
		var listed int64
		for _, s := range sessions {
			if s.Erased && !all {
				continue
			}
			if req.Limit > 0 && listed == req.Limit || !push(l.result(ctx, req, s)) {
				return
			}
			listed++
		}
	}
}

// read returns the sessions of the audit log.
func (l *sessionList) read(config listModel, diags *diag.Diagnostics) []*audit.Session {
	file := config.AuditLog.ValueString()
	if file == "" {
		file = l.data.Audit.Path()
	}
	if file == "" {
		diags.AddAttributeError(path.Root("audit_log"), "No Audit Log to List",
			"The API cannot list sessions, so they are listed from an audit log. Set audit_log here or in the provider block, or ADVANCE_AUDIT_LOG in the environment.")
		return nil
	}
	sessions, unreadable, err := audit.Fold(file)
	if err != nil {
		diags.AddAttributeError(path.Root("audit_log"), "Unable to Read Audit Log", fmt.Sprintf("No session can be listed: %v.", err))
	}
	if unreadable > 0 {
		diags.AddWarning("Unreadable Lines in Audit Log", fmt.Sprintf(
			"%d lines of the audit log %s could not be read. Look at them: they can have the id of a session that is not listed.", unreadable, file))
	}
	return sessions
}

// result returns a session with its identity and, if Terraform asks for it, what
// an import would read.
func (l *sessionList) result(ctx context.Context, req list.ListRequest, s *audit.Session) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = displayName(s)
	id := types.StringValue(s.SignatureID)
	setIdentity(ctx, result.Identity, id, &result.Diagnostics)
	if req.IncludeResource {
		l.fill(ctx, result.Resource, id, &result.Diagnostics)
	}
	return result
}

// fill sets a resource to what the API echoes of the session's request. Where it
// echoes nothing, only the id is set, with a warning: the other sessions are
// still listed.
func (l *sessionList) fill(ctx context.Context, resource *tfsdk.Resource, id types.String, diags *diag.Diagnostics) {
	diags.Append(resource.SetAttribute(ctx, path.Root("id"), id)...)
	diags.Append(resource.SetAttribute(ctx, path.Root("signature_id"), id)...)
	const summary = "Unable to Read Listed Session"
	seen, err := l.data.Client.GetResult(ctx, id.ValueString(), "")
	if err != nil {
		diags.AddWarning(summary, tfutil.Detail(fmt.Sprintf("Session %s is listed with its id alone.", id.ValueString()), err))
		return
	}
	if isEmptyEcho(seen.InputParameters) {
		diags.AddWarning(summary, fmt.Sprintf("The API does not tell the parameters of session %s, so it is listed with its id alone.", id.ValueString()))
		return
	}
	var m model
	diags.Append(resource.Get(ctx, &m)...)
	m.fromEcho(seen.InputParameters)
	diags.Append(resource.Set(ctx, &m)...)
}

// displayName says which session it is to somebody who does not know its id.
func displayName(s *audit.Session) string {
	name := s.SignatureID
	if s.BizID != "" {
		name += ", biz_id " + s.BizID
	}
	if !s.CreatedAt.IsZero() {
		name += ", created " + s.CreatedAt.UTC().Format(time.RFC3339)
	}
	return name
}
