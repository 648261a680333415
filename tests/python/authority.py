"""An authority of one's own: certificates for servers and clients, revocation lists, and keys that sign tokens."""

import base64
import datetime
import ipaddress
import json

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


def now():
    return datetime.datetime.now(datetime.UTC)


class Authority:
    """Signs certificates, and takes them back."""

    def __init__(self, name="test authority"):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.revoked = []
        builder = self._builder(self.name, self.key)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        usage = dict.fromkeys(["content_commitment", "key_encipherment", "data_encipherment", "key_agreement"], False)
        usage = x509.KeyUsage(True, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False, **usage)
        self.certificate = builder.add_extension(usage, critical=True).sign(self.key, hashes.SHA256())

    def _builder(self, subject, key, begins=-DAY, lasts=30 * DAY):
        builder = x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now() + begins).not_valid_after(now() + begins + lasts)
        return builder

    @property
    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, common_name, *names, server=False, begins=-DAY, lasts=30 * DAY):
        """A certificate and its key, both in PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        if server:
            names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = self._builder(subject, key, begins, lasts)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        purpose = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return certificate.public_bytes(serialization.Encoding.PEM), private

    def revoke(self, pem):
        self.revoked.append(x509.load_pem_x509_certificate(pem).serial_number)

    @property
    def revocation_list(self):
        builder = x509.CertificateRevocationListBuilder(self.name, now() - DAY, now() + DAY)
        for serial in self.revoked:
            entry = x509.RevokedCertificateBuilder(serial, now() - DAY).build()
            builder = builder.add_revoked_certificate(entry)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(identifier, critical=False).add_extension(x509.CRLNumber(len(self.revoked)), False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class Issuer:
    """Issues tokens (JWT), signed by one of its keys."""

    AUDIENCE = "dossier"
    ISSUER = "https://issuer.example"

    def __init__(self):
        self.keys = {
            "RS256": rsa.generate_private_key(65537, 2048),
            "ES256": ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate(),
        }

    def jwks(self):
        """Its public keys, as it publishes them."""
        keys = []
        for name, key in self.keys.items():
            algorithm = jwt.get_algorithm_by_name(name)
            keys.append({**json.loads(algorithm.to_jwk(key.public_key())), "kid": name, "use": "sig", "alg": name})
        return json.dumps({"keys": keys})

    def token(self, scope="read", algorithm="ES256", headers=None, key=None, **claims):
        """A token; claims that are None are left out."""
        said = {
            "sub": "somebody",
            "aud": self.AUDIENCE,
            "iss": self.ISSUER,
            "exp": now() + datetime.timedelta(hours=1),
            "scope": scope,
            **claims,
        }
        said = {name: value for name, value in said.items() if value is not None}
        key = self.keys[algorithm] if key is None else key
        return jwt.encode(said, key, algorithm=algorithm, headers={"kid": algorithm, **(headers or {})})


def unsigned(token):
    """The same token as if nobody had to sign it (`alg: none`)."""
    _, claims, _ = token.split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    return f"{head}.{claims}."
