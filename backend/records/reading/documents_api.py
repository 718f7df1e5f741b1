"""Routes for the files of documents and results, through the gate."""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from backend.auth.access.gate import Caller
from backend.auth.access.guards import signed_in
from backend.auth.rules import RecordClass
from backend.core.http.etag import AnyRequest, conditional_on, is_known, tagged
from backend.records.filing.files import File, ReadPiece, all_pieces, as_read_by, file_of
from backend.records.reading.patient_api import record_of

Place = Annotated[int, QueryParameter(name="file", ge=0, le=1000)]

_ENDINGS: Final = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}
_BYTES: Final = "application/octet-stream"


class PatientDocumentFiles(Controller):
    path = "/v1/patients/{patient:str}/documents/{row:uuid}/content"
    guards = [signed_in]
    tags = ["records"]

    @get(media_type=_BYTES)
    async def content(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        row: FromPath[UUID],
        place: Place = 0,
    ) -> Response[bytes]:
        """Read the bytes of a document's file, by its place in `files`."""
        async with record_of(caller, patient, RecordClass.DOCUMENTS) as charts:
            found = await file_of(charts, row, place)
        return as_download(request, found, as_read_by(caller.session))


class PatientResultFiles(Controller):
    path = "/v1/patients/{patient:str}/results/{result:uuid}/content"
    guards = [signed_in]
    tags = ["records"]

    @get(media_type=_BYTES)
    async def result_content(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        result: FromPath[UUID],
        place: Place = 0,
    ) -> Response[bytes]:
        """Read the bytes of a result's file, by its place in `files`."""
        async with record_of(caller, patient, RecordClass.RESULTS) as charts:
            found = await file_of(charts, result, place)
        return as_download(request, found, as_read_by(caller.session))


def as_download(request: AnyRequest, found: File, read: ReadPiece) -> Response[Any]:
    """Give a file as download under a name of the hub's, or 304 to an app that has it."""
    ending, tag = _ENDINGS.get(found.media_type, "txt"), f'"{found.tag.hex()}"'
    headers = {
        "Content-Disposition": f'attachment; filename="document.{ending}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    if found.is_whole or is_known(request, tag):
        return conditional_on(request, found.first, tag, found.media_type, headers)
    return Stream(
        all_pieces(found, read),
        media_type=found.media_type,
        headers={**tagged(tag), **headers, "Content-Length": str(found.size)},
    )
