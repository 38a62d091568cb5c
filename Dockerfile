# The HTTP endpoint:  docker build -t fcn-captcha .  &&  docker run --rm -p 127.0.0.1:8790:8790 fcn-captcha
# A model of your own:  docker run --rm -p 127.0.0.1:8790:8790 -v "$PWD/runs/first:/model:ro" fcn-captcha /model
FROM python:3.12-slim
COPY . /source
# opencv-python needs libraries of a screen's; the same without them takes its place.
RUN pip install --no-cache-dir '/source[serve]' \
 && pip uninstall --yes opencv-python \
 && pip install --no-cache-dir 'opencv-python-headless>=4.10' \
 && rm -r /source \
 && useradd --system reader
USER reader
EXPOSE 8790
HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8790/health')"]
ENTRYPOINT ["python", "-m", "fcn_captcha.serve", "--host", "0.0.0.0"]
