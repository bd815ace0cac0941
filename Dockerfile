# joinedup in a small image that is not root and writes nowhere but /tmp.
# No database inside: give it JOINEDUP_DATABASE_URL. Both images are pinned by tag; whoever deploys pins the
# digests their registry serves.

FROM python:3.13-slim-trixie AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
    UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1
WORKDIR /build
COPY pyproject.toml uv.lock README.md ./
# As `make` does: the lock, with its hashes, from the index that is set. These layers last until the lock changes.
RUN version=$(sed -n '/^name = "uv"$/{n;s/^version = "\(.*\)"$/\1/p;}' uv.lock) \
    && pip install "uv==${version}" \
    && uv export --quiet --frozen --no-emit-project --only-group build --output-file build.txt \
    && uv export --quiet --frozen --no-emit-project --no-dev --output-file run.txt \
    && python -m venv /build/tools && python -m venv --without-pip /opt/joinedup \
    && uv pip install --python /build/tools/bin/python --require-hashes --requirement build.txt \
    && uv pip install --python /opt/joinedup/bin/python --require-hashes --requirement run.txt
COPY service service
COPY migrations migrations
COPY fhir_profiles fhir_profiles
COPY tests/samples tests/samples
RUN uv build --wheel --offline --no-build-isolation --python /build/tools/bin/python --out-dir dist . \
    && uv pip install --python /opt/joinedup/bin/python --offline --no-deps dist/*.whl

FROM python:3.13-slim-trixie
LABEL org.opencontainers.image.title="joinedup" \
      org.opencontainers.image.description="Puts the employment specialist's notes into the mental-health record as FHIR R4" \
      org.opencontainers.image.licenses="MIT"
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin joinedup
COPY --from=build /opt/joinedup /opt/joinedup
ENV PATH=/opt/joinedup/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
WORKDIR /tmp
USER 10001
EXPOSE 8000
# serve finishes what is in flight, or releases it, before it goes.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["joinedup"]
CMD ["serve"]
