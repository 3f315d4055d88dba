"""What the API documentation says of `drive` in several places."""

from penstock.http.docs.refusals import Refusals
from penstock.http.routing.dialect_app import Parameter
from penstock.model import faults as f

FILE_ID = Parameter("id", "path", str, "The file's `id`.")
FOLDER_ID = Parameter("id", "path", str, "The folder's `id`.")
ITEM_ID = Parameter("id", "path", str, "The `id` of a file or a folder.")
LIMIT = Parameter("limit", "query", int, "How many entries at most, 1 to 1000; 100 without it.", False, 50)
CURSOR = Parameter("cursor", "query", str, "`next` of the page before.", required=False)
SHARE_ID = Parameter("id", "path", str, "The share's `id`.")
UPLOAD_REQUEST_ID = Parameter("id", "path", str, "The upload request's `id`.")
IF_MATCH = Parameter("If-Match", "header", str, "The `ETag` of what is to be changed.", required=False)
DISPOSITION = Parameter(
    "disposition",
    "query",
    str,
    "`attachment`, as without it, or `inline`: pictures, video, sound are shown.",
    False,
    "inline",
)
SUDO = Parameter("X-Sudo-Token", "header", str, "A sudo token, where one is asked for.", required=False)

WHO = "For administrators."
ADMINS: Refusals = {f.AdminRequired(): "The caller is no administrator."}
NO_FILE: Refusals = {f.FileUnknown(): "The caller has no such file."}
NO_FOLDER: Refusals = {f.FolderUnknown(): "The caller has no such folder."}
NO_SHARE: Refusals = {f.ShareUnknown(): "The caller has no such share, or it was revoked."}
NO_REQUEST: Refusals = {f.UploadRequestUnknown(): "The caller has no such upload request, or it was revoked."}
WRONG: Refusals = {f.InputInvalid("limit", "not a whole number"): "A parameter is wrong."}
NO_DISPOSITION: Refusals = {f.InputInvalid("disposition", "neither attachment nor inline"): "A parameter is wrong."}
NO_PLACE: Refusals = {f.InputInvalid("folder", "no folder of yours"): "A value is wrong, or names no folder."}
TAKEN: Refusals = {f.NameTaken("report (2).pdf"): "The name is taken; `free_name` is not."}
OUTDATED: Refusals = {f.Outdated(): "It has another `ETag` than `If-Match` says."}
FOLDER_IN_TRASH: Refusals = {f.FolderTrashed(): "It lies in the trash."}
BUSY: Refusals = {f.FolderBusy(): "What is in the folder is still on its way."}
IN_TRASH: Refusals = {f.FileTrashed(): "It lies in the trash."}
