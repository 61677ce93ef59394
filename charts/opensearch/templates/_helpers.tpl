{{- define "opensearch.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "opensearch.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "opensearch.labels" -}}
{{ include "opensearch.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "opensearch.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "opensearch.passwordSecret" -}}
{{ .Values.security.existingSecret | default (printf "%s-credentials" (include "opensearch.fullname" .)) }}
{{- end -}}

{{- define "opensearch.tlsSecret" -}}
{{ .Values.tls.existingSecret | default (printf "%s-tls" (include "opensearch.fullname" .)) }}
{{- end -}}

{{/* The names that the server is reached by. */}}
{{- define "opensearch.dnsNames" -}}
{{- $name := include "opensearch.fullname" . -}}
{{- $names := list "localhost" -}}
{{- range $host := list $name (printf "%s-headless" $name) (printf "*.%s-headless" $name) -}}
{{- $names = concat $names (list $host (printf "%s.%s" $host $.Release.Namespace) (printf "%s.%s.svc" $host $.Release.Namespace) (printf "%s.%s.svc.cluster.local" $host $.Release.Namespace)) -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{/* How a probe asks the server: {path, strict}. The password goes by standard input, so that no list of processes shows it. */}}
{{- define "opensearch.ask" -}}
{{- if .root.Values.security.enabled }}
exec:
  command:
    - bash
    - -c
    - >-
      printf 'user = "admin:%s"\n' "$OPENSEARCH_INITIAL_ADMIN_PASSWORD" |
      curl --silent --output /dev/null {{ if .strict }}--fail {{ end }}--max-time {{ .timeout }}
      --cacert /usr/share/opensearch/config/certs/ca.crt --config - 'https://localhost:9200{{ .path }}'
{{- else }}
httpGet: { path: {{ .path | quote }}, port: http, scheme: HTTP }
{{- end }}
{{- end -}}
