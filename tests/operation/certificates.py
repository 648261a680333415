"""A server's certificate and key as files that are exchanged while it runs, and what a new connection is shown."""

import socket
import ssl

import grpc
from authority import Authority
from cryptography import x509

from process import HANG


class Certificates:
    """One authority, and files that hold a certificate of its own after the other."""

    def __init__(self, folder):
        self.authority, self.folder, self.number = Authority(), folder, 0
        folder.mkdir()
        self.shown = self.rotate()
        for name in ["tls.crt", "tls.key"]:
            (folder / name).symlink_to(f"..data/{name}")
        self.arguments = ["--tls-cert", folder / "tls.crt", "--tls-key", folder / "tls.key"]
        self.credentials = grpc.ssl_channel_credentials(self.authority.pem)

    def rotate(self):
        """Each file renamed over the old one, or both at once as Kubernetes does. Answers the new serial number."""
        certificate, private = self.authority.issue("dossier", server=True)
        fresh = self.folder / f"..{self.number}"
        fresh.mkdir()
        (fresh / "tls.crt").write_bytes(certificate)
        (fresh / "tls.key").write_bytes(private)
        if self.number % 2 == 0:
            (self.folder / "..next").symlink_to(fresh.name)
            (self.folder / "..next").replace(self.folder / "..data")
        else:
            there = (self.folder / "..data").resolve()
            for name in ["tls.crt", "tls.key"]:
                (fresh / name).replace(there / name)
        self.number += 1
        return x509.load_pem_x509_certificate(certificate).serial_number

    def connect(self, address, protocol="h2"):
        """A socket that speaks TLS."""
        context = ssl.create_default_context(cadata=self.authority.pem.decode())
        context.set_alpn_protocols([protocol])
        host, port = address.rsplit(":", 1)
        plain = socket.create_connection((host, int(port)), timeout=HANG)
        try:
            return context.wrap_socket(plain, server_hostname="localhost")
        except BaseException:
            plain.close()
            raise

    def serial(self, address):
        """The serial number of the certificate that a new connection is shown."""
        with self.connect(address) as encrypted:
            return x509.load_der_x509_certificate(encrypted.getpeercert(binary_form=True)).serial_number
