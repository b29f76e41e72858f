"""The recipe of an assembled content: its own pieces, and the digests of those that are shared.

The first line is the SHA-256 of all that follows it, so that a damaged recipe is never followed;
the second is JSON, with the length of each own piece or the digest and length of each shared one,
in order; then come the own pieces, one after the other.
"""

import json
from collections.abc import Callable, Sequence

from domain.assembled import Assembled, Piece, Shared
from domain.content import Content
from domain.ids import Digest, digest_of


def recipe_of(pieces: Sequence[Piece]) -> bytes:
    """Return the recipe by which ``assembled`` finds the pieces again."""
    listed = [
        {"shared": piece.digest, "size": piece.content.size}
        if isinstance(piece, Shared)
        else {"own": len(piece)}
        for piece in pieces
    ]
    own = b"".join(piece for piece in pieces if isinstance(piece, bytes))
    body = json.dumps(listed).encode("ascii") + b"\n" + own
    return digest_of(body).encode("ascii") + b"\n" + body


def assembled(recipe: bytes, stored: Callable[[Digest, int], Content]) -> Assembled | None:
    """Return the content of a recipe, None for a damaged one.

    ``stored`` gives a shared piece by its digest and size.
    """
    sealed, _, body = recipe.partition(b"\n")
    if sealed.decode("ascii", "replace") != digest_of(body):
        return None
    listed, _, own = body.partition(b"\n")
    pieces: list[Piece] = []
    position = 0
    for one in json.loads(listed):
        if "shared" in one:
            digest = Digest(one["shared"])
            pieces.append(Shared(digest, stored(digest, one["size"])))
            continue
        pieces.append(own[position : position + one["own"]])
        position += one["own"]
    return Assembled(tuple(pieces))
