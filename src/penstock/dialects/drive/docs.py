"""What the API documentation says of `drive` in several places."""

from penstock.http.docs.refusals import Refusals
from penstock.http.routing.dialect_app import Parameter
from penstock.model import faults as f

FILE_ID = Parameter("id", "path", str, "The file's `id`.")
FOLDER_ID = Parameter("id", "path", str, "The folder's `id`.")
ITEM_ID = Parameter("id", "path", str, "The `id` of a file or a folder.")
LIMIT = Parameter("limit", "query", int, "How many entries at most, 1 to 1000; 100 without it.", False, 50)
CURSOR = Parameter("cursor", "query", str, "`next` of the page before.", required=False)
IF_MATCH = Parameter("If-Match", "header", str, "The `ETag` of what is to be changed.", required=False)
SUDO = Parameter("X-Sudo-Token", "header", str, "A sudo token, where one is asked for.", required=False)

NO_FILE: Refusals = {f.FileUnknown(): "The caller has no such file."}
NO_FOLDER: Refusals = {f.FolderUnknown(): "The caller has no such folder."}
WRONG: Refusals = {f.InputInvalid("limit", "not a whole number"): "A parameter is wrong."}
NO_PLACE: Refusals = {f.InputInvalid("folder", "no folder of yours"): "A value is wrong, or names no folder."}
TAKEN: Refusals = {f.NameTaken("report (2).pdf"): "The name is taken; `free_name` is not."}
OUTDATED: Refusals = {f.Outdated(): "It has another `ETag` than `If-Match` says."}
FOLDER_IN_TRASH: Refusals = {f.FolderTrashed(): "It lies in the trash."}
BUSY: Refusals = {f.FolderBusy(): "What is in the folder is still on its way."}
IN_TRASH: Refusals = {f.FileTrashed(): "It lies in the trash."}
