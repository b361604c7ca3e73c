"""With a certificate, a service's web process speaks HTTPS."""

import os
import ssl
import subprocess
import sys
import time
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.local.ports import free_port
from shared import clock


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of its own for 127.0.0.1, and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = clock.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return public, private


def test_the_front_door_takes_events_over_https(database_urls: dict[str, str], tmp_path: Path) -> None:
    public, private = certificate(tmp_path)
    port = free_port()
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "DATABASE_URL_REFERRALS": database_urls["referrals"],
        "CLOCKSTOP_LOOKUP_KEYS": f"1:{'ab' * 32}",
        "CLOCKSTOP_VAULT_KEYS": f"1:{'cd' * 32}",
        "CLOCKSTOP_VAULT_API_KEY": "k" * 32,
        "TLS_CERTIFICATE": str(public),
        "TLS_KEY": str(private),
        "HTTP_PORT": str(port),
    }
    web = subprocess.Popen([sys.executable, "-m", "services.referrals", "web"], env=os.environ | settings)
    try:
        trusted = ssl.create_default_context(cafile=str(public))
        with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trusted) as client:
            deadline = time.monotonic() + 30
            while True:
                try:
                    assert client.get("/ready").json()["ready"] is True
                    break
                except httpx.TransportError:
                    assert time.monotonic() < deadline, "the web process does not answer"
                    assert web.poll() is None, "the web process ended"
            assert client.post("/v1/events", content=b"{}").status_code == 401
    finally:
        web.terminate()
        web.wait(10)
