"""Who may call what: every RPC by every sort of caller, over TLS with certificates and tokens that other libraries made."""

import datetime
import http.server
import re
import subprocess
import threading
import time

import grpc
import pytest
from authority import Authority, Issuer, now, unsigned
from conftest import ROOT, admin_address, serving
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

IN, WHO, NOT = "let in", "UNAUTHENTICATED", "PERMISSION_DENIED"
FACTS = "/dossier.v1.FactService/"
HEALTH = "/grpc.health.v1.Health/Check"
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
UNKNOWN = "/dossier.v1.FactService/NothingOfTheKind"
ADMIN = "/dossier.admin.v1.AdminService/"


def key(name, *scopes, expires=None):
    """A key and its entry, as `dossier key` makes them."""
    command = [ROOT / "target/debug/dossier", "key", name, *[word for scope in scopes for word in ("--scope", scope)]]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    return made.stderr.strip(), made.stdout + (f'expires = "{expires}"\n' if expires else "")


def outcome(channel, path, credential=None):
    """What becomes of a call with an empty request."""
    metadata = [("authorization", f"Bearer {credential}")] if credential else []
    same = dict(request_serializer=bytes, response_deserializer=bytes)
    try:
        if path == REFLECTION:
            next(channel.stream_stream(path, **same)(iter([b""]), metadata=metadata, timeout=10))
        elif path.endswith(("ExportEvents", "WatchEvents")):
            stream = channel.unary_stream(path, **same)(b"", metadata=metadata, timeout=10)
            next(stream)
            stream.cancel()
        else:
            channel.unary_unary(path, **same)(b"", metadata=metadata, timeout=10)
    except grpc.RpcError as error:
        code = error.code().name
        if code in (WHO, NOT):
            # Nothing of what there is, and nothing of why.
            assert not re.search(r"expired|signature|audience|unknown key|events|places", error.details()), error.details()
            return code
    return IN


@pytest.fixture(scope="module")
def methods(contract):
    """Every RPC for facts."""
    return [FACTS + method.name for method in contract.messages.DESCRIPTOR.services_by_name["FactService"].methods]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A server with TLS, keys and an issuer of tokens, and the port of its operators."""
    folder = tmp_path_factory.mktemp("access")
    authority, issuer = Authority(), Issuer()
    certificate, private = authority.issue("dossier", server=True)
    keys = {}
    entries = []
    for name, scopes, expires in [
        ("reads", ["read"], None),
        ("exports", ["read", "export"], None),
        ("operates", ["admin"], None),
        ("is over", ["read"], "2026-01-01"),
    ]:
        keys[name], entry = key(name, *scopes, expires=expires)
        entries.append(entry)
    for name, text in {
        "tls.crt": certificate,
        "tls.key": private,
        "access.toml": "".join(entries).encode(),
        "jwks.json": issuer.jwks().encode(),
        "ca.crt": authority.pem,
        "others.crt": Authority("somebody else").pem,
    }.items():
        (folder / name).write_bytes(text)
    arguments = ["--tls-cert", folder / "tls.crt", "--tls-key", folder / "tls.key", "--admin-tls"]
    arguments += ["--access", folder / "access.toml", "--jwks", folder / "jwks.json"]
    arguments += ["--jwt-audience", Issuer.AUDIENCE, "--jwt-issuer", Issuer.ISSUER, "--admin-listen", "127.0.0.1:0"]
    log = folder / "log"
    with serving("seeds", *arguments, log=log) as (_, address):

        class World:
            """What the tests use of it."""

            channel = secure(address, authority)
            admin = secure(admin_address(log), authority)
            credentials = keys
            tokens = issuer
            files = folder
            port = address
            known_by = authority

        yield World
        World.channel.close()
        World.admin.close()


def secure(address, authority, certificate=None, private=None):
    credentials = grpc.ssl_channel_credentials(authority.pem, private, certificate)
    return grpc.secure_channel(address.replace("127.0.0.1", "localhost"), credentials)


def callers(world):
    """Credentials, and what they are let into: facts, exports, unknown methods, the port of operators."""
    keys, tokens = world.credentials, world.tokens
    stranger = Issuer()
    hour = datetime.timedelta(hours=1)
    reads, exports, operates, nobody = (IN, NOT, IN, NOT), (IN, IN, IN, NOT), (NOT, NOT, IN, IN), (WHO, WHO, WHO, WHO)
    public = tokens.keys["RS256"].public_key()
    return {
        "nobody": (None, nobody),
        "a wrong key": ("dossier_" + "A" * 43, nobody),
        "a key that is over": (keys["is over"], nobody),
        "the digest instead of the key": ("b3:" + "0" * 64, nobody),
        "a key that reads": (keys["reads"], reads),
        "a key that exports": (keys["exports"], exports),
        "a key that operates": (keys["operates"], operates),
        "a token that reads (RS256)": (tokens.token(algorithm="RS256"), reads),
        "a token that reads (ES256)": (tokens.token(algorithm="ES256"), reads),
        "a token that reads (EdDSA)": (tokens.token(algorithm="EdDSA"), reads),
        "a token with other scopes too": (tokens.token("openid read export"), exports),
        "a token with a list of scopes": (tokens.token(None, scp=["read"]), reads),
        "a token that operates": (tokens.token("admin"), operates),
        "a token that may nothing": (tokens.token("openid"), (NOT, NOT, IN, NOT)),
        "a token that has ended": (tokens.token(exp=now() - hour), nobody),
        "a token that has not begun": (tokens.token(nbf=now() + hour), nobody),
        "a token that never ends": (tokens.token(exp=None), nobody),
        "a token for others": (tokens.token(aud="others"), nobody),
        "a token for nobody": (tokens.token(aud=None), nobody),
        "a token of another issuer": (tokens.token(iss="https://other.example"), nobody),
        "a token of nobody": (tokens.token(sub=None), nobody),
        "a token with another key": (tokens.token(key=ec.generate_private_key(ec.SECP256R1())), nobody),
        "a token of an unknown key": (tokens.token(headers={"kid": "new"}), nobody),
        "a stranger's token": (stranger.token(), nobody),
        "a token that nobody signed": (unsigned(tokens.token()), nobody),
        "a token signed with the public key as a secret": (confused(tokens, public), nobody),
        "a token that was changed": (tokens.token()[:-8] + "AAAAAAAA", nobody),
        "half a token": (tokens.token().split(".")[0], nobody),
    }


def confused(tokens, public):
    """Signed by HS256 with what everybody knows: taken by servers that believe the token's algorithm."""
    import base64
    import hashlib
    import hmac
    import json

    part = lambda value: base64.urlsafe_b64encode(value).rstrip(b"=")
    head = part(json.dumps({"alg": "HS256", "kid": "RS256"}).encode())
    claims = tokens.token().split(".")[1].encode()
    secret = next(key for key in json.loads(tokens.jwks())["keys"] if key["kid"] == "RS256")["n"].encode()
    signature = part(hmac.new(secret, head + b"." + claims, hashlib.sha256).digest())
    return b".".join([head, claims, signature]).decode()


def test_every_call_by_every_caller(world, methods):
    assert len(methods) >= 20
    wrong = []
    for name, (credential, (facts, exports, unknown, admin)) in callers(world).items():
        table = {method: exports if method.endswith("ExportEvents") else facts for method in methods}
        table |= {HEALTH: IN, REFLECTION: facts, UNKNOWN: unknown}
        wrong += [
            (name, path, expected, found)
            for path, expected in table.items()
            if (found := outcome(world.channel, path, credential)) != expected
        ]
        for path in [ADMIN + "GetStatus", ADMIN + "Reload"]:
            if (found := outcome(world.admin, path, credential)) != admin:
                wrong.append((name, path, admin, found))
    assert not wrong, wrong


def test_the_probe_asks_by_tls_too(world):
    def health(*arguments):
        command = [ROOT / "target/debug/dossier", "health", world.port, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=30)

    assert health("--ca", world.files / "ca.crt").stdout == "SERVING\n"
    stranger = health("--ca", world.files / "others.crt")
    assert stranger.returncode == 1 and "UnknownIssuer" in stranger.stderr, stranger.stderr
    assert health().returncode == 1, "nothing is answered in the clear"


def test_two_credentials_are_none(world):
    with pytest.raises(grpc.RpcError) as raised:
        twice = [("authorization", f"Bearer {world.credentials['reads']}")] * 2
        call = world.channel.unary_unary(FACTS + "GetDataset", request_serializer=bytes, response_deserializer=bytes)
        call(b"", metadata=twice, timeout=10)
    assert raised.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_keys_and_issuers_are_exchanged_without_a_restart(world):
    def becomes(credential, expected):
        """Files are looked at every few seconds."""
        until = time.monotonic() + 30
        while outcome(world.channel, FACTS + "GetDataset", credential) != expected:
            assert time.monotonic() < until
            time.sleep(0.2)

    access, jwks = world.files / "access.toml", world.files / "jwks.json"
    before = access.read_text(), jwks.read_text()
    fresh, entry = key("fresh", "read")
    successor = Issuer()
    token = successor.token()
    try:
        access.write_text(before[0] + entry)
        becomes(fresh, IN)
        access.write_text(before[0] + entry.replace("b3:", "md5:"))
        jwks.write_text(successor.jwks())
        becomes(token, IN)
        # What could not be read left what was read before; and what the old keys signed is nothing any more.
        assert outcome(world.channel, FACTS + "GetDataset", fresh) == IN
        assert outcome(world.channel, FACTS + "GetDataset", world.tokens.token()) == WHO
        access.write_text(before[0])
        becomes(fresh, WHO)
    finally:
        access.write_text(before[0])
        jwks.write_text(before[1])
    becomes(world.tokens.token(), IN)


def test_certificates_are_known_listed_and_revoked(tmp_path):
    authority, other = Authority(), Authority("somebody else")
    certificate, private = authority.issue("dossier", server=True)
    uri = x509.UniformResourceIdentifier("spiffe://dossier/backup")
    clients = {
        "listed": (*authority.issue("backup", uri), IN, IN),
        "unlisted": (*authority.issue("maps"), IN, NOT),
        "revoked": (*authority.issue("lost"), None, None),
        "ended": (*authority.issue("old", begins=-30 * datetime.timedelta(days=1), lasts=datetime.timedelta(days=1)), None, None),
        "of another authority": (*other.issue("backup", uri), None, None),
        "none": (None, None, None, None),
    }
    authority.revoke(clients["revoked"][0])
    files = {"tls.crt": certificate, "tls.key": private, "ca.crt": authority.pem, "ca.crl": authority.revocation_list}
    files["access.toml"] = b'[[certificate]]\nname = "backup"\nsubject = "spiffe://dossier/backup"\nscopes = ["read", "export"]\n'
    for name, text in files.items():
        (tmp_path / name).write_bytes(text)
    arguments = ["--tls-cert", tmp_path / "tls.crt", "--tls-key", tmp_path / "tls.key"]
    arguments += ["--tls-client-ca", tmp_path / "ca.crt", "--tls-client-crl", tmp_path / "ca.crl"]
    with serving("seeds", *arguments, "--access", tmp_path / "access.toml") as (_, address):
        for name, (own, secret, reads, exports) in clients.items():
            with secure(address, authority, own, secret) as channel:
                if reads is None:
                    with pytest.raises(grpc.RpcError) as raised:
                        call = channel.unary_unary(FACTS + "GetDataset", request_serializer=bytes, response_deserializer=bytes)
                        call(b"", timeout=10)
                    assert raised.value.code() == grpc.StatusCode.UNAVAILABLE, name
                else:
                    assert outcome(channel, FACTS + "GetDataset") == reads, name
                    assert outcome(channel, FACTS + "ExportEvents") == exports, name
        # A connection that stands is cut off when its certificate is taken back; the others go on.
        own, secret, *_ = clients["unlisted"]
        listed = clients["listed"]
        with secure(address, authority, own, secret) as lost, secure(address, authority, *listed[:2]) as kept:
            watches = [
                channel.unary_stream(FACTS + "WatchEvents", request_serializer=bytes, response_deserializer=bytes)(b"", timeout=60)
                for channel in (lost, kept)
            ]
            for watch in watches:
                next(watch)
            authority.revoke(own)
            (tmp_path / "ca.crl").write_bytes(authority.revocation_list)
            with pytest.raises(grpc.RpcError):
                next(watches[0])
            assert watches[1].is_active()
            assert outcome(kept, FACTS + "GetDataset") == IN


def test_an_issuer_that_is_asked_at_its_address(tmp_path):
    issuer, asked = Issuer(), []

    class Keys(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(issuer.jwks().encode())

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        address = f"http://127.0.0.1:{server.server_port}/keys"
        tokens = ["--jwks", address, "--jwt-audience", Issuer.AUDIENCE, "--jwt-issuer", Issuer.ISSUER]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with serving("seeds", *tokens) as (_, port), grpc.insecure_channel(port) as channel:
            # The first call may be one with a token: it is asked before anybody is let in.
            assert asked == ["/keys"]
            assert outcome(channel, FACTS + "GetDataset", issuer.token()) == IN
            before, issuer = issuer, Issuer()
            # A key that is not known has it asked again, soon but not at once.
            token = issuer.token(headers={"kid": "unknown"})
            assert outcome(channel, FACTS + "GetDataset", token) == WHO
            until = time.monotonic() + 60
            while outcome(channel, FACTS + "GetDataset", issuer.token()) != IN:
                assert time.monotonic() < until
                time.sleep(0.5)
            assert outcome(channel, FACTS + "GetDataset", before.token()) == WHO
        server.shutdown()
    # Nobody answers there: a server that would turn its callers away does not start.
    command = [ROOT / "target/debug/dossier", "serve", "--listen", "127.0.0.1:0", *tokens]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1 and address in ended.stderr, ended


@pytest.mark.parametrize("listen, admin", [("127.0.0.1:0", IN), ("0.0.0.0:0", WHO)])
def test_operators_need_not_say_who_they_are_only_where_nobody_else_comes(tmp_path, listen, admin):
    """Whoever comes through a proxy on this machine comes from its loopback address too."""
    log = tmp_path / "log"
    with serving("seeds", "--admin-listen", listen, log=log) as _:
        with grpc.insecure_channel(admin_address(log).replace("0.0.0.0", "127.0.0.1")) as channel:
            assert outcome(channel, ADMIN + "GetStatus") == admin
