{{- define "elasticsearch.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "elasticsearch.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "elasticsearch.labels" -}}
{{ include "elasticsearch.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "elasticsearch.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "elasticsearch.passwordSecret" -}}
{{ .Values.security.existingSecret | default (printf "%s-credentials" (include "elasticsearch.fullname" .)) }}
{{- end -}}

{{- define "elasticsearch.tlsSecret" -}}
{{ .Values.tls.existingSecret | default (printf "%s-tls" (include "elasticsearch.fullname" .)) }}
{{- end -}}

{{/* The names that the server is reached by. */}}
{{- define "elasticsearch.dnsNames" -}}
{{- $name := include "elasticsearch.fullname" . -}}
{{- $names := list "localhost" -}}
{{- range $host := list $name (printf "%s-headless" $name) (printf "*.%s-headless" $name) -}}
{{- $names = concat $names (list $host (printf "%s.%s" $host $.Release.Namespace) (printf "%s.%s.svc" $host $.Release.Namespace) (printf "%s.%s.svc.cluster.local" $host $.Release.Namespace)) -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{/* How a probe asks the server: {path, strict}. The password goes by standard input, so that no list of processes shows it. */}}
{{- define "elasticsearch.ask" -}}
{{- if .root.Values.security.enabled }}
exec:
  command:
    - bash
    - -c
    - >-
      printf 'user = "elastic:%s"\n' "$ELASTIC_PASSWORD" |
      curl --silent --output /dev/null {{ if .strict }}--fail {{ end }}--max-time {{ .timeout }}
      --cacert /usr/share/elasticsearch/config/certs/ca.crt --config - 'https://localhost:9200{{ .path }}'
{{- else }}
httpGet: { path: {{ .path | quote }}, port: http, scheme: HTTP }
{{- end }}
{{- end -}}
