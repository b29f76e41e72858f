# Dondoc as a container. The base is any image with Python 3.11 or newer and a shell; one without
# apt-get must have libarchive:
#   docker build --build-arg PYTHON_IMAGE=... .
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_INPUT=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# Dependencies first: this layer is made again only when the lock changes.
COPY requirements.lock ./
RUN python -m venv /opt/dondoc \
    && /opt/dondoc/bin/python -m pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml LICENSE ./
COPY domain ./domain
COPY mappings ./mappings
COPY connector ./connector
COPY schedulers ./schedulers
COPY dondoc ./dondoc
# setuptools comes from the lock, so building downloads nothing.
RUN /opt/dondoc/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/dondoc/bin/python -m pip install --no-deps --no-index /wheels/dondoc-*.whl \
    && /opt/dondoc/bin/python -m pip check

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Dondoc" \
      org.opencontainers.image.licenses="Apache-2.0"
# Bytecode was compiled at installation and nothing but /var/lib/dondoc and /tmp is ever
# written, so the root file system may be read-only.
ENV PATH=/opt/dondoc/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LC_ALL=C.UTF-8 \
    HOME=/var/lib/dondoc \
    TMPDIR=/tmp
# RAR and 7z archives that offices attach are opened by it.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libarchive13 \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 10001 dondoc \
    && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/dondoc \
        --shell /usr/sbin/nologin dondoc \
    && install -d -o 10001 -g 10001 -m 0750 /var/lib/dondoc \
    && install -d -m 0755 /etc/dondoc
# Archives in replies (RAR) are opened by a library of the system.
RUN if command -v apt-get >/dev/null; then \
        apt-get update -qq \
        && apt-get install -y -qq --no-install-recommends libarchive13 \
        && rm -rf /var/lib/apt/lists/*; \
    fi
COPY --from=build /opt/dondoc /opt/dondoc
# Fails where the library is missing.
RUN ["python", "-c", "import libarchive"]
USER 10001:10001
WORKDIR /var/lib/dondoc
VOLUME ["/var/lib/dondoc"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=20s --start-period=30s --retries=3 \
    CMD ["dondoc", "doctor", "--config", "/etc/dondoc/dondoc.yaml", "--quick", "--alive"]
ENTRYPOINT ["dondoc"]
CMD ["run", "--config", "/etc/dondoc/dondoc.yaml"]
