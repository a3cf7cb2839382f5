import type { Sample } from './sample.ts';

export const rollingUpdate: Sample = {
  id: 'rollingUpdate',
  fileName: 'rolling-update.yaml',
  comments: {
    en: ['At most one pod more than four.', 'At most one pod less than four.', 'Apply first, then write nginx:1.27 here and apply again.'],
    'zh-CN': ['最多比四个多一个 Pod。', '最多比四个少一个 Pod。', '先应用一次，再把这里改成 nginx:1.27，然后再次应用。'],
  },
  manifest: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 4
  selector:
    matchLabels:
      app: shop
  strategy:
    type: RollingUpdate
    rollingUpdate:
      #1
      maxSurge: 1
      #2
      maxUnavailable: 1
  template:
    metadata:
      labels:
        app: shop
    spec:
      containers:
        - name: nginx
          #3
          image: nginx:1.26
          readinessProbe:
            httpGet:
              path: /
              port: 80
            periodSeconds: 2
          resources:
            requests:
              cpu: 100m
              memory: 64Mi
`,
};
