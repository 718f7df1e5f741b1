"""Gives a reader one more piece of a file that the gate has opened to them.

A large file is read piece by piece, with no transaction in between: each piece looks again at the
session, the grant and the record's policies. Who reads was written down where it began.
"""

from typing import Final

SQL: Final = """
CREATE FUNCTION read_file_piece(the_session uuid, the_patient uuid, the_record uuid,
                                the_place integer, the_file uuid, the_piece integer)
    RETURNS TABLE (file uuid, piece smallint, is_last boolean, body bytea)
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('hub.session', the_session::text, true),
            set_config('hub.patient', the_patient::text, true),
            set_config('role', 'hub_patient', true);
    RETURN QUERY SELECT c.file, c.piece, c.is_last, c.body FROM document_content c
                  WHERE c.record = the_record AND c.place = the_place AND c.piece = the_piece
                    AND c.file = the_file AND c.patient = the_patient;
END $$;
"""
