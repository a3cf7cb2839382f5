import type { Sample } from './sample.ts';

export const customResource: Sample = {
  id: 'customResource',
  fileName: 'custom-resource.yaml',
  comments: {
    en: [
      'A rule in CEL. Write sailors: 1 below and apply: the API server refuses it with this message.',
      'What kubectl get prints, and what the inspector shows of a Crew.',
      'With it, kubectl scale crew/aurora --replicas=20 changes spec.sailors.',
      'The first apply makes the definition but does not know this kind yet. Apply once more.',
    ],
    'zh-CN': [
      '一条 CEL 规则。把下面改成 sailors: 1 再应用，API server 会用这句话拒绝。',
      'kubectl get 打印的列，检查器里也显示它们。',
      '有了它，kubectl scale crew/aurora --replicas=20 就会修改 spec.sailors。',
      '第一次应用只创建定义，那时还不认识这个 kind。再应用一次。',
    ],
  },
  manifest: `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: crews.harbor.example
spec:
  group: harbor.example
  scope: Namespaced
  names:
    plural: crews
    singular: crew
    kind: Crew
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: ["spec"]
          properties:
            spec:
              type: object
              required: ["ship", "sailors"]
              #1
              x-kubernetes-validations:
                - rule: self.sailors >= self.minimum
                  message: a ship does not sail without its smallest crew
              properties:
                ship:
                  type: string
                  maxLength: 40
                sailors:
                  type: integer
                minimum:
                  type: integer
                  default: 4
            status:
              type: object
              properties:
                aboard:
                  type: integer
      #2
      additionalPrinterColumns:
        - name: Ship
          type: string
          jsonPath: .spec.ship
        - name: Sailors
          type: integer
          jsonPath: .spec.sailors
        - name: Age
          type: date
          jsonPath: .metadata.creationTimestamp
      subresources:
        status: {}
        #3
        scale:
          specReplicasPath: .spec.sailors
          statusReplicasPath: .status.aboard
---
#4
apiVersion: harbor.example/v1
kind: Crew
metadata:
  name: aurora
spec:
  ship: Aurora
  sailors: 12
`,
};
