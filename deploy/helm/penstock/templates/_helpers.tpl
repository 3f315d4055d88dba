{{/* What every object is named. */}}
{{- define "penstock.name" -}}
{{- if contains "penstock" .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-penstock" (.Release.Name | trunc 43 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{- define "penstock.selector" -}}
app.kubernetes.io/name: penstock
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "penstock.labels" -}}
{{ include "penstock.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "penstock.image" -}}
{{ required "image.repository: where your builder pushed the image" .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* What a pod may do: nothing but write its spool. */}}
{{- define "penstock.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "penstock.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Where everything is, for the nodes and for the migration. */}}
{{- define "penstock.environment" -}}
{{- $secret := required "existingSecret: the secret with `database`, `limits` and `secret`" .Values.existingSecret -}}
- name: PENSTOCK_DATA
  value: /var/lib/penstock/data
- name: PENSTOCK_DATABASE
  valueFrom:
    secretKeyRef: {name: {{ $secret }}, key: database}
- name: PENSTOCK_LIMITS
  valueFrom:
    secretKeyRef: {name: {{ $secret }}, key: limits, optional: true}
- name: PENSTOCK_SECRET_FILE
  value: /run/secrets/penstock/secret
- name: PENSTOCK_STORE
  value: {{ required "store.url: s3://BUCKET?endpoint=…&region=…" .Values.store.url | quote }}
{{- with .Values.store.existingSecret }}
- name: AWS_ACCESS_KEY_ID
  valueFrom:
    secretKeyRef: {name: {{ . }}, key: AWS_ACCESS_KEY_ID}
- name: AWS_SECRET_ACCESS_KEY
  valueFrom:
    secretKeyRef: {name: {{ . }}, key: AWS_SECRET_ACCESS_KEY}
{{- end }}
- name: PENSTOCK_OPS
  value: 0.0.0.0:9100
- name: PENSTOCK_LOG_FORMAT
  value: json
- name: PENSTOCK_SHUTDOWN_GRACE
  value: {{ .Values.drain.grace | quote }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{- define "penstock.mounts" -}}
- {name: spool, mountPath: /var/lib/penstock}
- {name: tmp, mountPath: /tmp}
- {name: secret, mountPath: /run/secrets/penstock, readOnly: true}
{{- end -}}

{{- define "penstock.volumes" -}}
- name: spool
  emptyDir:
    sizeLimit: {{ .Values.spool.size }}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
- name: secret
  secret:
    secretName: {{ .Values.existingSecret }}
    defaultMode: 0440
    items:
      - {key: secret, path: secret}
{{- end -}}
