{{- define "log-shipper.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "log-shipper.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "log-shipper.labels" -}}
{{ include "log-shipper.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "log-shipper.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "log-shipper.stateDir" -}}
{{ .Values.logs.root }}/{{ .Values.logs.state }}
{{- end -}}

{{/* The shipper's configuration; secrets are files that it names. */}}
{{- define "log-shipper.config" -}}
{{- $output := dict "name" "store" "kind" .Values.output.kind "url" .Values.output.url "compression" .Values.output.compression -}}
{{- with .Values.output.serverName }}{{- $_ := set $output "serverName" . -}}{{- end -}}
{{- with .Values.output.retention }}{{- $_ := set $output "retention" . -}}{{- end -}}
{{- if .Values.credentials.existingSecret -}}
{{- if .Values.credentials.password -}}
{{- $_ := set $output "username" (required "credentials.username is required with credentials.password" .Values.credentials.username) -}}
{{- $_ := set $output "passwordFile" "/credentials/password" -}}
{{- else if eq .Values.output.kind "otlp" -}}
{{- $_ := set $output "bearerTokenFile" "/credentials/apiKey" -}}
{{- else -}}
{{- $_ := set $output "apiKeyFile" "/credentials/apiKey" -}}
{{- end -}}
{{- end -}}
{{- if .Values.tls.caSecret }}{{- $_ := set $output "caCert" "/tls/ca/ca.crt" -}}{{- end -}}
{{- if .Values.tls.clientSecret -}}
{{- $_ := set $output "clientCert" "/tls/client/tls.crt" -}}
{{- $_ := set $output "clientKey" "/tls/client/tls.key" -}}
{{- end -}}
{{- $holds := dict "maxBytes" (int64 .Values.holds.maxBytes) "maxAgeHours" .Values.holds.maxAgeHours "minFreePercent" .Values.holds.minFreePercent -}}
{{- dict "clusterName" .Values.clusterName "sourcesDirs" list "recordsDirs" list "containersDirs" (list (printf "%s/%s" .Values.logs.root .Values.logs.pods)) "stateDir" (include "log-shipper.stateDir" .) "holds" $holds "outputs" (list $output) "metricsPort" (int .Values.metricsPort) "metricsHost" "0.0.0.0" "logLevel" .Values.logLevel | toPrettyJson -}}
{{- end -}}
