{{- define "log-store.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "log-store.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "log-store.labels" -}}
{{ include "log-store.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "log-store.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "log-store.keySecret" -}}
{{ .Values.apiKey.existingSecret | default (printf "%s-credentials" (include "log-store.fullname" .)) }}
{{- end -}}

{{- define "log-store.tlsSecret" -}}
{{ .Values.tls.existingSecret | default (printf "%s-tls" (include "log-store.fullname" .)) }}
{{- end -}}

{{/* The names that the server is reached by. */}}
{{- define "log-store.dnsNames" -}}
{{- $name := include "log-store.fullname" . -}}
{{- $names := list "localhost" -}}
{{- range $host := list $name (printf "*.%s" $name) -}}
{{- $names = concat $names (list $host (printf "%s.%s" $host $.Release.Namespace) (printf "%s.%s.svc" $host $.Release.Namespace) (printf "%s.%s.svc.cluster.local" $host $.Release.Namespace)) -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}
