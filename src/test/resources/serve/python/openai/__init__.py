"""The requests of OpenAI's client for Python, as far as docs/serve.md makes them: PyPI is not among the registries of the tests."""

import json
import urllib.request
from types import SimpleNamespace


class OpenAI:
    def __init__(self, base_url, api_key):
        self._base_url = base_url
        self._api_key = api_key
        self.files = SimpleNamespace(create=self._upload, content=self._content)
        self.batches = SimpleNamespace(
            create=lambda **body: self._json("/batches", json.dumps(body).encode(), "application/json"),
            retrieve=lambda batch: self._json(f"/batches/{batch}"),
        )

    def _send(self, path, body=None, content_type=None):
        headers = {"Authorization": f"Bearer {self._api_key}"}
        if content_type:
            headers["Content-Type"] = content_type
        with urllib.request.urlopen(urllib.request.Request(self._base_url + path, body, headers)) as answer:
            return answer.read()

    def _json(self, path, body=None, content_type=None):
        return json.loads(self._send(path, body, content_type), object_hook=lambda fields: SimpleNamespace(**fields))

    def _upload(self, file, purpose):
        form = (
            b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n' + purpose.encode()
            + b'\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="' + file.name.encode()
            + b'"\r\nContent-Type: application/octet-stream\r\n\r\n' + file.read() + b"\r\n--b--\r\n"
        )
        return self._json("/files", form, "multipart/form-data; boundary=b")

    def _content(self, file):
        return SimpleNamespace(text=self._send(f"/files/{file}/content").decode())
